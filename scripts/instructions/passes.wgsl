// One pass over the values of a run each, as kernels make them with values in memory: for the compiler that counts them. Behind a program `flow`, whose functions they
// call. What they are given comes out of a buffer and what they find goes there, so that nothing is left out.
struct Pass {
  s: State,
  stages: Stages,
}

fn begin_pass(run: u32) -> Pass {
  var stages = Stages();
  for (var j = 0; j < opaque(STAGES); j++) {
    stages[j] = load_slope(run + u32(j));
  }
  return Pass(load_state(run), stages);
}

@compute @workgroup_size(WORKGROUP)
fn output_pass(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = local;
  var taken = begin_pass(group.x);
  store_vector_at(group.x, STATE_SLOPE_AT, output_of(&taken.s, taken.stages[0].w[0]));
}

@compute @workgroup_size(WORKGROUP)
fn pull_pass(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = local;
  var taken = begin_pass(group.x);
  store_tokens(group.x, STATE_SLOPE_AT, pull_of(&taken.s, taken.stages[0].x[0]));
}

@compute @workgroup_size(WORKGROUP)
fn norms_pass(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = local;
  var taken = begin_pass(group.x);
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) {
    squares[i] = moving_square(&taken.s, i);
  }
  store_tokens(group.x, STATE_SLOPE_AT, squares);
}

@compute @workgroup_size(WORKGROUP)
fn move_pass(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = local;
  var taken = begin_pass(group.x);
  advance_values(&taken.s, &taken.stages, 0.01);
}
