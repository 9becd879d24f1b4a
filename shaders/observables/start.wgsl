// What is known of a run before its first step: the entropy, and who leads by each measure.
// Twin: observeStart in src/reference/simulate.ts
@compute @workgroup_size(WORKGROUP)
fn start(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x;
  if (run >= batch.stride) { return; }
  var s = load_state(run);
  let p = normalizer_forward(s.logits);
  let pull = pull_at(&s, p, output_of(&s, p));
  var square_norm = Tokens(); // roots of different numbers may be equal
  for (var i = 0; i < TOKENS; i++) { // unroll
    square_norm[i] = dot_vectors(s.values[i], s.values[i]);
  }
  store_vector(VECTOR_INITIAL_LOGITS, run, s.logits);
  store_vector(VECTOR_INITIAL_ALIGNMENTS, run, pull.alignments);
  let shares = shares_of(p);
  if (shares.sink == NONE) { store_u32(COLUMN_INITIAL_ENTROPY, run, NAN); } else { store_f32(COLUMN_INITIAL_ENTROPY, run, shares.entropy); }
  store_u32(COLUMN_BY_LOGIT, run, unique_leader(s.logits));
  store_u32(COLUMN_BY_ALIGNMENT, run, unique_leader(pull.alignments));
  store_u32(COLUMN_BY_ABS_ALIGNMENT, run, unique_leader(abs_tokens(pull.alignments)));
  store_u32(COLUMN_BY_VALUE_NORM, run, unique_leader(square_norm));
  store_watch(run, Watch(STATUS_COMPLETED, 0u, NONE, 0u, NONE));
}
