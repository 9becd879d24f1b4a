// Trials of steps by an optimizer.

// Takes step number k from the state, whose slope is computed.
fn take_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32, is_stop: bool) {
  if (agreed(TRAIN_VALUES && (VALUES_IN_LOGITS || FOLLOWS_LOSS || is_stop))) { keep_before(s); } // for states inside this step
  train(s, stages, k);
}

// Its steps do not adapt.
fn try_step(progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>) -> Trial {
  return Trial();
}
