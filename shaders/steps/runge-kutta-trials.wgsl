// Trials of steps by a Runge-Kutta method.

// Takes a fixed step from the state, whose slope is computed.
fn take_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32, is_stop: bool) {
  take_stages(s, stages, STEP, STAGES);
  advance(s, stages, STEP);
}

// Tries an adaptive step from the state, whose slope is the first stage.
fn try_step(progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>) -> Trial {
  let left = between((*progress).now, end_moment());
  let last = 1.01 * (*progress).step >= left;
  let h = select((*progress).step, left, last);
  take_stages(s, stages, h, STAGES);
  var weights = ERROR;
  for (var j = 0; j < STAGES; j++) { // unroll
    weights[j] *= h; // before it is squared: the square of a steep slope alone overflows much sooner
  }
  let error = scaled_norm(s, stages, weights);
  let accepted = !is_non_finite(error) && error <= 1.0;
  let may_grow = accepted && (*progress).again == 0u;
  (*progress).step = h * min(step_factor(error), select(1.0, STEP_GROW, may_grow));
  (*progress).again = select(1u, 0u, accepted);
  var next = (*stages)[0];
  if (agreed(accepted)) { next = move_on(s, stages, h); }
  return Trial(select(REJECTED, TAKEN, accepted), 0u, h, last, next);
}

// Moves the state to the end of the step. Returns the slope there: the last stage, unless a logit has come to 0, where it stays.
fn move_on(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) -> Stage {
  let before = (*s).attention;
  advance(s, stages, h);
  var next = (*stages)[STAGES - 1];
  if (STICKS) {
    var stuck = false;
    for (var i = 0; i < TOKENS; i++) { // unroll
      let crossed = before[i] * (*s).attention[i] < 0.0;
      (*s).attention[i] = select((*s).attention[i], 0.0, crossed); // for good
      stuck |= crossed;
    }
    if (lanes_any(stuck)) { next = slope_of(s, stages, weights_of(s)); }
  }
  return next;
}
