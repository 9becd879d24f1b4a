// Fixed steps, of a Runge-Kutta method or of an optimizer.

// Takes fixed steps until one is not quiet, `left` at most. They have a small loop of their own: on a software driver every branch in a
// loop costs time, taken or not, and so does every number that one round hands to the next. The slope is computed at the beginning of a
// step, so that a round hands on only the state and its weights; there an unbounded state is found too.
// While a step is sure to be quiet (sure.wgsl), a round does not look for events, nor for an unbounded state.
fn take_steps(progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, left: u32) -> Trial {
  let to_stop = steps_to_stop(progress);
  let limit = min(left, to_stop);
  let lead = lead_of(progress);
  var p = (*stages)[0].w[0];
  var steps = 0u;
  var unbounded = false;
  var taken = false;
  var sure = nothing_sure();
  var looks = true;
  loop {
    begin_noise(s, (*progress).steps + steps);
    (*stages)[0] = slope_of(s, stages, p);
    if (looks) { unbounded = !is_bounded((*stages)[0].y, (*s).attention); }
    if (neighbors_any(agreed(unbounded))) { break; }
    take_step(s, stages, (*progress).steps + steps, steps + 1u == to_stop);
    p = weights_of(s);
    steps++;
    looks = spend(&sure, stages);
    if (looks) {
      taken = !is_quiet(lead, s, p);
      renew(&sure, progress, s, stages, p);
    }
    taken |= steps >= limit;
    if (neighbors_any(agreed(taken))) { break; }
  }
  var next = Stage();
  next.w[0] = p;
  if (unbounded) {
    next.y = (*stages)[0].y;
    (*stages)[0] = next;
  }
  next.y = output_of(s, p);
  return Trial(select(select(QUIET, TAKEN, taken), UNBOUNDED, unbounded), select(steps, steps - 1u, taken), STEP, false, next);
}
