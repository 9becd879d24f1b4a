// What is known of a run before its first step: the entropy, and who leads by each measure.
// Twin: observeStart in src/reference/simulate.ts
@compute @workgroup_size(WORKGROUP)
fn start(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x;
  if (run >= batch.stride) { return; }
  var s = load_state(run);
  let p = normalizer_forward(s.logits);
  let pull = pull_of(&s, loss_gradient(output_of(&s, p), s.aim));
  var alignment = Tokens();
  var square_norm = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    alignment[i] = -pull[i];
    square_norm[i] = dot_vectors(s.values[i], s.values[i]);
  }
  let shares = shares_of(p);
  if (shares.sink == NONE) { store_u32(COLUMN_INITIAL_ENTROPY, run, NAN); } else { store_f32(COLUMN_INITIAL_ENTROPY, run, shares.entropy); }
  store_u32(COLUMN_BY_LOGIT, run, unique_leader(s.logits));
  store_u32(COLUMN_BY_ALIGNMENT, run, unique_leader(alignment));
  store_u32(COLUMN_BY_ABS_ALIGNMENT, run, unique_leader(abs_tokens(alignment)));
  store_u32(COLUMN_BY_VALUE_NORM, run, unique_leader(square_norm));
  store_watch(run, Watch(STATUS_COMPLETED, 0u, NONE, 0u, NONE));
}
