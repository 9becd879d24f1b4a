// Mini-batches of regression: a step sees NOISE_SIZE samples drawn with replacement, each in place of samples/NOISE_SIZE of them, in all of its stages the
// same. What is observed is of all samples.   Twin: src/reference/noise.ts
fn begin_noise(s: ptr<function, State>, k: u32) {
  let key = noise_key(PURPOSE_BATCH_NOISE, k);
  let each = f32(AIM_LENGTH) / NOISE_SIZE;
  var counts = Aim();
  for (var place = 0u; place < u32(NOISE_SIZE); place++) {
    let drawn = threefry(key, vec2u(place, 0u)).x % u32(AIM_LENGTH);
    for (var c = 0; c < opaque(AIM_COMPONENTS); c++) {
      counts[c] += select(0.0, 1.0, component_of(c) == drawn);
    }
  }
  for (var c = 0; c < opaque(AIM_COMPONENTS); c++) {
    sample_excess[c] = counts[c] * each - 1.0;
  }
}
