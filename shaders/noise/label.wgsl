// Label noise: a step sees the target plus normals, in all of its stages the same. To a distribution they are added less their mean, so that it still
// sums to 1. What is observed is compared with the target itself.   Twin: src/reference/noise.ts
var<private> aim_noise: Aim; // 0 before the first step

// (The loop that draws: see `opaque` in bindings.wgsl.)
fn begin_noise(s: ptr<function, State>, k: u32) {
  let key = noise_key(PURPOSE_TARGET_NOISE, k);
  var drawn = Aim();
  for (var c = 0; c < opaque(AIM_COMPONENTS); c++) {
    drawn[c] = draw_noise(key, 0u, component_of(c));
  }
  if (IS_DISTRIBUTION) {
    var sum = 0.0;
    for (var c = 0; c < AIM_COMPONENTS; c++) { // unroll
      sum += select(0.0, drawn[c], is_component(c));
    }
    let mean = components_sum(sum) / f32(DIM);
    for (var c = 0; c < AIM_COMPONENTS; c++) { // unroll
      drawn[c] -= mean;
    }
  }
  aim_noise = drawn;
}

fn aim_in_step(s: ptr<function, State>) -> Aim {
  var aim = (*s).aim;
  for (var c = 0; c < AIM_COMPONENTS; c++) { // unroll
    aim[c] += aim_noise[c];
  }
  return aim;
}
