// Draws every run's start on the device: a fixed part, the same for all runs, plus a scale times a standard normal.
// A number depends on the seed, the run, what it is for, the token and the component alone.
// Twin: src/reference/start.ts
fn draw_bits(purpose: u32, run: u32, token: u32, component: u32) -> u32 {
  return threefry(vec2u(batch.seed, purpose), vec2u(batch.first_run + run, token * 0x10000u + component)).x;
}

fn draw(purpose: u32, run: u32, token: u32, component: u32) -> f32 {
  return normal(draw_bits(purpose, run, token, component));
}

fn store_target(run: u32, component: u32, x: f32) {
  states[(u32(TARGET_AT) + component) * batch.stride + run] = x;
}

fn load_target(run: u32, component: u32) -> f32 {
  return states[(u32(TARGET_AT) + component) * batch.stride + run];
}

@compute @workgroup_size(WORKGROUP)
fn initial(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x;
  if (run >= batch.stride) { return; }
  for (var i = 0u; i < u32(TOKENS); i++) {
    var a = base[i];
    if (batch.logits_scale != 0.0) { a += batch.logits_scale * draw(PURPOSE_LOGITS, run, i, 0u); }
    states[i * batch.stride + run] = a;
    for (var k = 0u; k < u32(DIM); k++) {
      let at = u32(VALUES_AT) + i * u32(DIM) + k;
      var v = base[at];
      if (batch.values_scale != 0.0) { v += batch.values_scale * draw(PURPOSE_VALUES, run, i, k); }
      states[at * batch.stride + run] = v;
    }
  }
  initial_target(run);
}
