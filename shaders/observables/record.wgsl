// What is recorded at the times of the schedule, by dense output.   Twin: src/reference/recorder.ts

// Records what is due in the step of h that ends now; when the run has ended, its last state at every later time.
fn record_due(run: u32, progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  while (agreed((*progress).slot < batch.slots)) {
    let slot = (*progress).slot;
    let due = scheduled(slot);
    let later = is_after(due, (*progress).now);
    if (agreed((*progress).status == RUNNING && later)) { break; }
    let sound = is_sound((*progress).status);
    var phi = 0.0;
    if (!later && sound && h > 0.0) { phi = clamp(between(due, (*progress).now) / h, 0.0, 1.0); }
    let motion = inside(h, phi);
    if (agreed(batch.tallied == 1u && sound)) {
      let p = normalizer_forward(moved_logits(s, stages, motion, STAGES));
      let shares = shares_of(p);
      let loss = loss_value(moved_output(s, stages, motion, STAGES, p), (*s).aim);
      if (lane == 0u) {
        tally(slot, array<f32, TALLIED>(shares.entropy, shares.share, loss), select(0, FIRST_WITHOUT_SHARES, shares.top == NONE));
      }
    }
    if (agreed(is_recorded(run))) { keep_state(run, slot, (*progress).steps, s, stages, motion); }
    (*progress).slot++;
  }
}

fn trajectory_word(run: u32, slot: u32, at: u32) -> u32 {
  return (slot * u32(RECORD_WORDS) + at) * batch.recorded + recorded_index(run);
}

fn recorded_value(run: u32, slot: u32, token: u32, k: u32) -> u32 {
  return trajectory_word(run, slot, ENTRY_WORDS + ALL_TOKENS + token * u32(DIM) + k);
}

// Keeps the number of steps and the state, from which `record` makes an entry. (The loop over words: see `opaque` in bindings.wgsl.)
fn keep_state(run: u32, slot: u32, steps: u32, s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion) {
  if (lane == 0u) { trajectories[trajectory_word(run, slot, ENTRY_STEPS_AT)] = steps; }
  var a = moved_attention(s, stages, motion, STAGES);
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) { trajectories[trajectory_word(run, slot, ENTRY_WORDS + token_of(i))] = bitcast<u32>(a[i]); }
  }
  keep_values(run, slot, s, stages, motion);
}
