// The flow of the runs that go on, so many trials of a step each: stages, error, update, observation in one loop, the state
// in registers. Those that still go on afterwards are listed for the next dispatch.
@compute @workgroup_size(WORKGROUP)
fn flow(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let place = batch.from_place + place_of(id, group);
  if (agreed(place >= atomicLoad(&tallies[batch.list]))) { return; }
  let run = atomicLoad(&tallies[place_in_list(batch.list, place)]);
  var c = load_course(run);
  var s = load_state(run);
  var stages = Stages();
  stages[0] = load_slope(run);
  var kept = Kept();
  if (CONVERGE) { kept = load_kept(run); }
  for (var trial = 0u; trial < batch.trials; trial++) {
    if (agreed(c.status != RUNNING)) { break; }
    try_step(run, &c, &s, &stages, &kept);
  }
  store_state(run, &s);
  store_slope(run, stages[0]);
  if (CONVERGE) { store_kept(run, &kept); }
  store_course(run, &c);
  if (c.status == RUNNING && lane == 0u) {
    let other = 1u - batch.list;
    atomicStore(&tallies[place_in_list(other, atomicAdd(&tallies[other], 1u))], run);
  }
}

// Tries a step from the state, whose slope is the first stage; if it is accepted, both are those of its end afterwards.
fn try_step(
  run: u32, c: ptr<function, Course>, s: ptr<function, State>, stages: ptr<function, Stages>, kept: ptr<function, Kept>,
) {
  var h = STEP;
  var last = (*c).steps + 1u == batch.end_ticks;
  if (ADAPTIVE) {
    let left = between((*c).now, end_moment());
    last = 1.01 * (*c).step >= left;
    h = select((*c).step, left, last);
  }
  take_stages(s, stages, h);
  var accepted = true;
  if (ADAPTIVE) {
    var weights = ERROR;
    for (var j = 0; j < STAGES; j++) { // unroll
      weights[j] *= h; // here, since a steep slope's square leaves the finite numbers long before h times it does
    }
    let error = scaled_norm(s, stages, weights);
    accepted = !is_non_finite(error) && error <= 1.0;
    let may_grow = accepted && (*c).again == 0u;
    (*c).step = h * min(step_factor(error), select(1.0, STEP_GROW, may_grow));
    (*c).again = select(1u, 0u, accepted);
  }
  var next = (*stages)[0];
  if (agreed(accepted)) {
    next = take(c, s, stages, kept, h, last);
  } else {
    (*c).rejected++;
    if ((*c).step <= max((*c).now.rest * 0x1p-25, 1e-37)) { (*c).status = STATUS_STALLED; } // too short to move the clock
  }
  if (agreed(accepted || (*c).status != RUNNING)) { record_due(run, c, s, stages, select(0.0, h, accepted)); }
  (*stages)[0] = next;
}

// Takes the step: moves state and clock, and looks at what happened on the way. Returns the slope at its end.
fn take(
  c: ptr<function, Course>, s: ptr<function, State>, stages: ptr<function, Stages>, kept: ptr<function, Kept>, h: f32, last: bool,
) -> Stage {
  let before = (*s).logits;
  advance(s, stages, h);
  var next = (*stages)[STAGES - 1];
  if (STICKS || !FIRST_SAME_AS_LAST) {
    var moved_on = !FIRST_SAME_AS_LAST; // whether the last stage is no longer the slope at the state
    if (STICKS) {
      for (var i = 0; i < TOKENS; i++) { // unroll
        let crossed = before[i] * (*s).logits[i] < 0.0;
        (*s).logits[i] = select((*s).logits[i], 0.0, crossed); // for good
        moved_on |= crossed;
      }
    }
    if (lanes_any(moved_on)) { next = slope_at(s); }
  }
  (*c).steps++;
  (*c).now = moment_after((*c).now, h);
  if (last) { (*c).now = end_moment(); }
  (*c).status = health(next.y, (*s).logits);
  if (agreed((*c).status != RUNNING)) { return next; }
  look(c, s, stages, h, next.p);
  (*c).log_time = log_time_after((*c).log_time, s, stages, h, next.y);
  let time = flow_time((*c).now);
  if (last) {
    (*c).status = STATUS_COMPLETED;
  } else if (ADAPTIVE && (*c).steps >= batch.max_steps) {
    (*c).status = STATUS_MAX_STEPS;
  }
  if (CONVERGE && agreed((*c).status == RUNNING && time >= 2.0 * (*c).kept_time)) {
    if (has_converged(s, kept) && (*c).kept_time > 0.0) { (*c).status = STATUS_CONVERGED; }
    (*c).kept_time = time;
  }
  return next;
}
