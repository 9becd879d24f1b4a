// Draws every run's start on the device: a fixed part, the same for all runs of a point, plus a scale times a standard normal.
// A number depends only on the seed, the run, its purpose, the token and the component, so values can be drawn again.
// Twin: src/reference/start.ts
fn draw_bits(purpose: u32, run: u32, token: u32, component: u32) -> u32 {
  return threefry(vec2u(SEED, purpose), vec2u(run_number(run), token * 0x10000u + component)).x;
}

fn draw(purpose: u32, run: u32, token: u32, component: u32) -> f32 {
  return normal(draw_bits(purpose, run, token, component));
}

// V_ki at the start.
fn draw_value(run: u32, token: u32, k: u32) -> f32 {
  var v = base(BASE_VALUES_AT + token * VALUE_DIM + k);
  if (VALUES_SCALE != 0.0) { v += VALUES_SCALE * draw(PURPOSE_VALUES, run, token, k); }
  return v;
}

fn store_target(run: u32, component: u32, x: f32) {
  states[(STATE_TARGET_AT + component) * batch.stride + run] = x;
}

fn load_target(run: u32, component: u32) -> f32 {
  return states[(STATE_TARGET_AT + component) * batch.stride + run];
}

fn store_aim(run: u32, component: u32, x: f32) {
  states[(STATE_AIM_AT + component) * batch.stride + run] = x;
}

// Targets, and what the loss and the reduction make of them.
@compute @workgroup_size(WORKGROUP)
fn aims(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let run = batch.first_place + place_of(id, group);
  if (agreed(run >= batch.end_place)) { return; }
  take_run(run);
  initial_target(run); // a lane reads only what it wrote
  prepare(run);
  count_done(DONE_AIMS);
}

// Logits, and values in the coordinates in which they are followed.
@compute @workgroup_size(WORKGROUP)
fn initial(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let run = batch.first_place + place_of(id, group);
  if (run >= batch.end_place) { return; }
  take_run(run);
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (!is_here(i)) { break; }
    let token = token_of(i);
    var a = base(token);
    if (LOGITS_SCALE != 0.0) { a += LOGITS_SCALE * draw(PURPOSE_LOGITS, run, token, 0u); }
    states[token_word(run, STATE_ATTENTION_AT, i)] = a;
    states[token_word(run, STATE_SQUARED_NORMS_AT, i)] = initial_value(run, token);
  }
  count_done(DONE_INITIAL);
}

fn store_coordinate(run: u32, token: u32, k: u32, x: f32) {
  states[value_word(run, token, k)] = x;
}
