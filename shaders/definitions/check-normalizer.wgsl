// Evaluates a normalizer of one's own at given states. points: [state][a, then c]; states: [state][p, then Jᵀc]. A state takes the lanes of a run.
@compute @workgroup_size(WORKGROUP)
fn check(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let state = place_of(id, group);
  if (agreed(state >= batch.end_place)) { return; }
  let input_at = state * 2u * ALL_TOKENS;
  var a = Tokens();
  var c = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (is_here(i)) {
      a[i] = bitcast<f32>(points[input_at + token_of(i)]);
      c[i] = bitcast<f32>(points[input_at + ALL_TOKENS + token_of(i)]);
    }
  }
  let p = normalizer_forward(a);
  let out = normalizer_pullback(a, p, c);
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (is_here(i)) {
      states[input_at + token_of(i)] = p[i];
      states[input_at + ALL_TOKENS + token_of(i)] = out[i];
    }
  }
}
