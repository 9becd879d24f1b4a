// Gathers what the host reads of sampled runs, [sample][word]; a place is a token of a sample, or a word.
fn store_sample(word: u32, sample: u32, x: u32) {
  samples[batch.samples_at + sample * SAMPLE_WORDS + word] = x;
}

// Their starts as they were drawn: logits, values token by token, the target. Before the first step.
@compute @workgroup_size(WORKGROUP)
fn starts(@builtin(global_invocation_id) id: vec3u) {
  let place = batch.first_place + id.x;
  if (place >= batch.end_place) { return; }
  let sample = place / ALL_TOKENS;
  let token = place % ALL_TOKENS;
  let run = sampled_run(sample);
  take_run(run);
  store_sample(token, sample, bitcast<u32>(states[(STATE_ATTENTION_AT + token) * batch.stride + run]));
  for (var k = 0u; k < VALUE_DIM; k++) {
    store_sample(ALL_TOKENS + token * VALUE_DIM + k, sample, bitcast<u32>(draw_value(run, token, k)));
  }
  for (var k = token; k < u32(TARGET_LENGTH); k += ALL_TOKENS) {
    store_sample(ALL_TOKENS * (1u + VALUE_DIM) + k, sample, bitcast<u32>(load_target(run, k)));
  }
}

// Their rows and vectors, which `end` made.
@compute @workgroup_size(WORKGROUP)
fn observations(@builtin(global_invocation_id) id: vec3u) {
  let place = batch.first_place + id.x;
  if (place >= batch.end_place) { return; }
  let sample = place / OBSERVATION_WORDS;
  let word = place % OBSERVATION_WORDS;
  let run = sampled_run(sample);
  if (word < u32(COLUMNS)) {
    store_sample(word, sample, rows[word * batch.stride + run]);
  } else {
    store_sample(word, sample, bitcast<u32>(vectors[(word - u32(COLUMNS)) * batch.stride + run]));
  }
}
