// Evaluates a column of one's own at given states. points: [state][logits, weights, norms, alignments, then the loss]; states: [state]. A state takes the
// lanes of a run.
@compute @workgroup_size(WORKGROUP)
fn check(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let state = place_of(id, group);
  if (agreed(state >= batch.end_place)) { return; }
  let input_at = state * (4u * ALL_TOKENS + 1u);
  let number = own_column_0(
    given_tokens(input_at),
    given_tokens(input_at + ALL_TOKENS),
    given_tokens(input_at + 2u * ALL_TOKENS),
    given_tokens(input_at + 3u * ALL_TOKENS),
    bitcast<f32>(points[input_at + 4u * ALL_TOKENS]),
  );
  if (lane == 0u) { states[state] = number; }
}

fn given_tokens(at: u32) -> Tokens {
  var x = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (is_here(i)) { x[i] = bitcast<f32>(points[at + token_of(i)]); }
  }
  return x;
}
