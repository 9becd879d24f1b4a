// What is recorded at the times of the schedule, by dense output.

// Records what is due in the step of h that ends now; after the end of the run, its last state at every later time.
fn record_due(run: u32, c: ptr<function, Course>, s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  while (agreed((*c).slot < batch.slots)) {
    let slot = (*c).slot;
    let due = Moment(schedule[2u * slot], bitcast<f32>(schedule[2u * slot + 1u]));
    let later = is_after(due, (*c).now);
    if (agreed((*c).status == RUNNING && later)) { break; }
    let sound = is_sound((*c).status);
    var phi = 0.0;
    if (!later && sound && h > 0.0) { phi = clamp(between(due, (*c).now) / h, 0.0, 1.0); }
    let weights = dense_weights(h, phi);
    let a = logits_at(s, stages, weights);
    if (agreed(batch.tallied == 1u && sound)) {
      let p = normalizer_forward(a);
      let shares = shares_of(p);
      let loss = loss_value(output_at(s, stages, weights, p), (*s).aim);
      if (lane == 0u) {
        tally(slot, array<f32, TALLIED>(shares.entropy, shares.share, loss), select(0, FIRST_WITHOUT_SHARES, shares.sink == NONE));
      }
    }
    if (run < batch.recorded) { keep_state(run, slot, (*c).steps, s, stages, weights, a); }
    (*c).slot++;
  }
}

fn trajectory_word(run: u32, slot: u32, at: u32) -> u32 {
  return (slot * u32(RECORD_WORDS) + at) * batch.recorded + run;
}

// Keeps the number of steps, and the state, from which `record` makes an entry. (The loop over words: see bindings.wgsl.)
fn keep_state(
  run: u32, slot: u32, steps: u32, s: ptr<function, State>, stages: ptr<function, Stages>, weights: DenseWeights, a: Tokens,
) {
  var words = array<f32, MOVING_WORDS>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    words[i] = a[i];
    var moved = array<f32, STAGES>();
    for (var j = 0; j < STAGES; j++) { // unroll
      moved[j] = select(0.0, weights[j] * (*stages)[j].p[i], TRAIN_VALUES);
    }
    for (var k = 0; k < DIM; k++) { // unroll
      var v = (*s).values[i][k];
      for (var j = 0; j < STAGES; j++) { // unroll
        v += moved[j] * (*stages)[j].g[k];
      }
      words[TOKENS + i * DIM + k] = v;
    }
  }
  if (lane == 0u) { trajectories[trajectory_word(run, slot, 0u)] = steps; }
  for (var at = 0; at < opaque(MOVING_WORDS); at++) {
    if (is_here(token_index(at))) { trajectories[trajectory_word(run, slot, ENTRY_WORDS + moving_word(at))] = bitcast<u32>(words[at]); }
  }
}
