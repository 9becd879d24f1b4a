// Draws paths as ribbons of constant width on the screen. An instance is a segment between two recorded times: two triangles.

struct View {
  matrix: mat4x4f,
  color: vec4f,
  // in pixels
  size: vec2f,
  width: f32,
  // how far along the paths, as an index of recorded times with a fraction
  until: f32,
  // recorded times of a path
  times: u32,
}

@group(0) @binding(0) var<uniform> view: View;
// [run][time]
@group(0) @binding(1) var<storage, read> places: array<vec4f>;

@vertex
fn corner(@builtin(vertex_index) index: u32, @builtin(instance_index) segment: u32) -> @builtin(position) vec4f {
  let run = segment / (view.times - 1u);
  let slot = segment % (view.times - 1u);
  let at = run * view.times + slot;
  // The part of this segment that is drawn; a segment beyond `until` has no length.
  let part = clamp(view.until - f32(slot), 0.0, 1.0);
  let start = places[at].xyz;
  let end = mix(start, places[at + 1u].xyz, part);
  let a = view.matrix * vec4f(start, 1.0);
  let b = view.matrix * vec4f(end, 1.0);
  let along = (b.xy / b.w - a.xy / a.w) * view.size;
  let pixels = length(along);
  var across = vec2f(0.0);
  if (pixels > 1e-6) {
    across = vec2f(-along.y, along.x) / pixels;
  }
  // The ribbon's corners: 0 and 1 at the segment's start, 2 and 3 at its end.
  let ribbon_corner = array<u32, 6>(0u, 1u, 2u, 2u, 1u, 3u)[index];
  let side = select(-1.0, 1.0, (ribbon_corner & 1u) == 1u);
  let place = select(a, b, ribbon_corner >= 2u);
  return vec4f(place.xy + across * side * view.width / view.size * place.w, place.zw);
}

@fragment
fn paint() -> @location(0) vec4f {
  return vec4f(view.color.rgb * view.color.a, view.color.a);
}
