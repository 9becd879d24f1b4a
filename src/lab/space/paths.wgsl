// Paths of runs as ribbons of a constant width on the screen: an instance a segment, two triangles each.

struct View {
  matrix: mat4x4f,
  color: vec4f,
  // in pixels
  size: vec2f,
  width: f32,
  // how far along the paths, in recorded times
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
  let part = clamp(view.until - f32(slot), 0.0, 1.0);
  let from_place = places[at].xyz;
  let to_place = mix(from_place, places[at + 1u].xyz, part);
  let a = view.matrix * vec4f(from_place, 1.0);
  let b = view.matrix * vec4f(to_place, 1.0);
  let along = (b.xy / b.w - a.xy / a.w) * view.size;
  let length_here = length(along);
  var across = vec2f(0.0);
  if (length_here > 1e-6) {
    across = vec2f(-along.y, along.x) / length_here;
  }
  // 0, 1, 2 and 2, 1, 3: the first two at the segment's beginning.
  let corner_number = array<u32, 6>(0u, 1u, 2u, 2u, 1u, 3u)[index];
  let end = corner_number >= 2u;
  let side = select(-1.0, 1.0, (corner_number & 1u) == 1u);
  let place = select(a, b, end);
  return vec4f(place.xy + across * side * view.width / view.size * place.w, place.zw);
}

@fragment
fn paint() -> @location(0) vec4f {
  return vec4f(view.color.rgb * view.color.a, view.color.a);
}
