// Whether the sink of run 2k dominates that of run 2k + 1, whose place it takes: its value, and its logit relative to the mean of its run. It
// does where the loss of the output is lower under the target of run 2k than under that of run 2k + 1: a loss of the margin is ordered by
// β·y, square loss by β·y − ½‖β‖².   Twin: src/reference/fragility.ts
fn set_dominance(row: ptr<function, Row>, run: u32, z: Tokens, sink: u32) {
  let number = run_number(run);
  if (agreed(number % 2u == 1u || number + 1u >= RUNS)) { return; }
  let next = run + 1u;
  if (agreed(!is_sound(load_progress(next).status))) { return; }
  var logits = load_tokens(next, STATE_ATTENTION_AT);
  let weights = normalizer_forward(logits);
  let place = sink_of(weights, shares_of(weights));
  if (agreed(place == NONE)) { return; }
  let logit = at_token(z, sink) + (sum_tokens(logits) - sum_tokens(z)) / f32(ALL_TOKENS);
  for (var i = 0; i < TOKENS; i++) {
    logits[i] = select(logits[i], logit, token_of(i) == place);
  }
  var p = normalizer_forward(logits);
  // Both targets, times the value of each token.
  var excess = 0.0;
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) {
      let token = token_of(i);
      let is_place = token == place;
      var along = 0.0;
      for (var k = 0u; k < VALUE_DIM; k++) {
        let v = stored_component(select(next, run, is_place), select(token, sink, is_place), k);
        along += v * (load_target(run, k) - load_target(next, k));
      }
      excess += p[i] * along;
    }
  }
  var difference = lanes_sum(excess);
  if (!IS_MARGIN) {
    for (var k = 0u; k < VALUE_DIM; k++) {
      difference -= 0.5 * (load_target(run, k) * load_target(run, k) - load_target(next, k) * load_target(next, k));
    }
  }
  (*row)[COLUMN_DOMINATES] = select(0u, 1u, difference > 0.0);
}
