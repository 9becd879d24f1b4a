// Trials of steps by an optimizer.

// Takes steps until one is not quiet, `left` at most: the loop of runge-kutta-trials.wgsl, where the rest is said.
fn take_steps(progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, left: u32) -> Trial {
  let to_stop = steps_to_stop(progress);
  let limit = min(left, to_stop);
  let lead = lead_of(progress);
  var p = (*stages)[0].w[0];
  var steps = 0u;
  var outcome = QUIET;
  loop {
    begin_noise(s, (*progress).steps + steps);
    (*stages)[0] = slope_of(s, stages, p);
    if (!is_bounded((*stages)[0].y, (*s).attention)) { outcome = UNBOUNDED; }
    if (neighbors_any(agreed(outcome == UNBOUNDED))) { break; }
    if (agreed(TRAIN_VALUES && (VALUES_IN_LOGITS || FOLLOWS_LOSS || steps + 1u == to_stop))) { keep_before(s); } // for states inside this step
    train(s, stages, (*progress).steps + steps);
    p = weights_of(s);
    steps++;
    let quiet = is_quiet(lead, s, p);
    if (steps >= limit || !quiet) { outcome = TAKEN; }
    if (neighbors_any(agreed(outcome == TAKEN))) { break; }
  }
  var next = Stage();
  next.w[0] = p;
  if (outcome == UNBOUNDED) {
    next.y = (*stages)[0].y;
    (*stages)[0] = next;
  }
  next.y = output_of(s, p);
  return Trial(outcome, select(steps, steps - 1u, outcome == TAKEN), STEP, false, next);
}

// Its steps do not adapt.
fn try_step(progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>) -> Trial {
  return Trial();
}
