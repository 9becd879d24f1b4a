// The flow of the runs that go on: stages, error, update, observation in one loop, the state in registers. Words:
//
// trial     one attempt at a step. A fixed step is taken; an adaptive step is taken or rejected, and tried again with a shorter one
// pass      batch.trials trials of every run in a list. A run that still goes on after them is put into the other list, for the next pass
// dispatch  a pass over a part of the list, so that it takes no longer than a system allows (src/gpu/pacing.ts)
// place     where a run stands in the list; all lanes of a run have the same (lanes: tokens.wgsl)
// round     of a loop. Lanes of one subgroup go through a loop together, also those of different runs
// quiet     is a fixed step in which nothing happens that the host may ask for: no record, no change of leader, no threshold, no end
@compute @workgroup_size(WORKGROUP)
fn flow(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let place = batch.first_place + place_of(id, group);
  if (agreed(place >= atomicLoad(&tallies[batch.list]))) { return; }
  let run = atomicLoad(&tallies[list_word(batch.list, place)]);
  var c = load_progress(run);
  var s = load_state(run);
  var stages = Stages();
  stages[0] = load_slope(run);
  var kept = Kept();
  if (CONVERGE) { kept = load_kept(run); }
  var left = batch.trials;
  loop {
    if (agreed(left == 0u || c.status != RUNNING)) { break; }
    var trial = Trial();
    if (ADAPTIVE) {
      trial = try_step(&c, &s, &stages);
      left--;
    } else {
      trial = take_steps(&c, &s, &stages, left);
      c.steps += trial.quiet;
      c.now.ticks += trial.quiet;
      left -= trial.quiet + select(0u, 1u, trial.outcome == TAKEN);
    }
    if (agreed(trial.outcome != QUIET)) { conclude(run, &c, &s, &stages, &kept, trial); }
    stages[0] = trial.next;
  }
  store_state(run, &s);
  store_slope(run, stages[0]);
  if (CONVERGE) { store_kept(run, &kept); }
  store_progress(run, &c);
  if (c.status == RUNNING && lane == 0u) {
    let other = 1u - batch.list;
    atomicStore(&tallies[list_word(other, atomicAdd(&tallies[other], 1u))], run);
  }
}

// What came of a trial.
const QUIET = 0u;     // all trials were quiet fixed steps
const TAKEN = 1u;     // the state has moved to the end of the step
const REJECTED = 2u;  // an adaptive step: the state has not moved
const UNBOUNDED = 3u; // a fixed step: none can be taken from this state

struct Trial {
  outcome: u32,
  quiet: u32, // quiet fixed steps taken before
  h: f32,
  last: bool, // whether an adaptive step ends where the run does
  next: Stage, // at the state afterwards: its slope, or where steps are fixed, its weights and output alone
}

// Takes fixed steps as long as they are quiet. They have a small loop of their own: on a software driver every branch in a loop costs
// time, taken or not, and so does every number that one round hands to the next. The slope is computed at the beginning of a step, so a
// round hands on the state and its weights alone; an unbounded state is found there too.
fn take_steps(c: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, left: u32) -> Trial {
  let most = min(left, quiet_steps(c));
  let lead = lead_of(c);
  var p = (*stages)[0].w[0];
  var steps = 0u;
  var outcome = QUIET;
  loop {
    (*stages)[0] = slope_of(s, stages, p);
    if (!is_bounded((*stages)[0].y, (*s).attention)) { outcome = UNBOUNDED; }
    if (neighbors_any(agreed(outcome == UNBOUNDED))) { break; }
    take_stages(s, stages, STEP, STAGES);
    advance(s, stages, STEP);
    p = weights_of(s);
    steps++;
    let quiet = is_quiet(lead, p);
    if (steps >= most || !quiet) { outcome = TAKEN; }
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

// Tries an adaptive step from the state, whose slope is the first stage.
fn try_step(c: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>) -> Trial {
  let left = between((*c).now, end_moment());
  let last = 1.01 * (*c).step >= left;
  let h = select((*c).step, left, last);
  take_stages(s, stages, h, STAGES);
  var weights = ERROR;
  for (var j = 0; j < STAGES; j++) { // unroll
    weights[j] *= h; // here, since a steep slope's square leaves the finite numbers long before h times it does
  }
  let error = scaled_norm(s, stages, weights);
  let accepted = !is_non_finite(error) && error <= 1.0;
  let may_grow = accepted && (*c).again == 0u;
  (*c).step = h * min(step_factor(error), select(1.0, STEP_GROW, may_grow));
  (*c).again = select(1u, 0u, accepted);
  var next = (*stages)[0];
  if (agreed(accepted)) { next = move_on(s, stages, h); }
  return Trial(select(REJECTED, TAKEN, accepted), 0u, h, last, next);
}

// Moves the state by the step. Returns the slope at its end, which is the last stage, unless a logit sticks.
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

// How many steps it takes to the next one that is sure not to be quiet, that one counted: the last step of the run, or a step in which
// a state is recorded. At least 1.
fn quiet_steps(c: ptr<function, Progress>) -> u32 {
  var next = batch.end_ticks;
  if ((*c).slot < batch.slots) {
    let due = schedule[2u * (*c).slot];
    next = min(next, max(due, (*c).now.ticks + 1u));
  }
  return max(next - (*c).now.ticks, 1u);
}

// The leader before quiet steps, as `is_quiet` compares it.
struct Lead {
  leaders: f32, // what `sum_of_leaders` gives as long as the leader stays
  reached: bool, // whether the largest share has reached the threshold before
}

fn lead_of(c: ptr<function, Progress>) -> Lead {
  return Lead(select(f32(MAX_TOKENS) + f32((*c).leader), TIED, (*c).leader == NONE), (*c).polarization_time >= 0.0);
}

// Whether the step to these weights is quiet: no change of leader, no threshold. (No float becomes an integer here: a software driver
// converts lane by lane.)
fn is_quiet(lead: Lead, p: Tokens) -> bool {
  let magnitudes = abs_tokens(p);
  let largest = max_tokens(magnitudes);
  let leaders = sum_of_leaders(magnitudes, largest);
  let over = excess_of(magnitudes, largest);
  return (leaders == lead.leaders || leaders >= TIED) && (lead.reached || over < 0.0);
}

// Follows up a trial that was not quiet: counts it, observes a step that was taken, and records what is due.
fn conclude(
  run: u32, c: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, kept: ptr<function, Kept>, trial: Trial,
) {
  let taken = trial.outcome == TAKEN;
  if (agreed(taken)) {
    observe(c, s, stages, kept, trial);
  } else if (agreed(trial.outcome == UNBOUNDED)) {
    (*c).status = end_of_unbounded(trial.next.y, (*s).attention);
  } else {
    (*c).rejected++;
    if ((*c).step <= max((*c).now.rest * 0x1p-25, 1e-37)) { (*c).status = STATUS_STALLED; } // too short to move the clock
  }
  if (agreed(taken || (*c).status != RUNNING)) { record_due(run, c, s, stages, select(0.0, trial.h, taken)); }
}

// Moves the moment of a run to the end of the step, looks for events inside it, and finds whether the run ends.
fn observe(
  c: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, kept: ptr<function, Kept>, trial: Trial,
) {
  let last = select((*c).steps + 1u == batch.end_ticks, trial.last, ADAPTIVE);
  (*c).steps++;
  (*c).now = moment_after((*c).now, trial.h);
  if (last) { (*c).now = end_moment(); }
  (*c).status = health(trial.next.y, (*s).attention);
  if (agreed((*c).status != RUNNING)) { return; }
  find_events(c, s, stages, trial.h, trial.next.w[0]);
  (*c).log_time = log_time_after((*c).log_time, s, stages, trial.h, trial.next.y);
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
}
