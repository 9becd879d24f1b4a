// Evaluates a loss of one's own at given states. points: [state][y, then β]; states: [state][L, then ∇L]. A state takes the lanes of a run.
@compute @workgroup_size(WORKGROUP)
fn check(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let state = place_of(id, group);
  if (agreed(state >= batch.end_place)) { return; }
  let input_at = state * 2u * u32(DIM);
  var y = Vector();
  var beta = Aim();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    if (is_component(k)) {
      y[k] = bitcast<f32>(points[input_at + component_of(k)]);
      beta[k] = bitcast<f32>(points[input_at + u32(DIM) + component_of(k)]);
    }
  }
  let value = loss_value(y, beta);
  let g = loss_gradient(y, beta);
  let output_at = state * (u32(DIM) + 1u);
  if (lane == 0u) { states[output_at] = value; }
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    if (is_own_component(k)) { states[output_at + 1u + component_of(k)] = g[k]; }
  }
}
