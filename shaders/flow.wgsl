// Follows the runs that go on: stages, error, update, observation in one loop, the state in registers.   Twin: Run in src/reference/run.ts
//
// trial     an attempt at a step: a fixed step is always taken, an adaptive one is taken, or rejected and tried again with a shorter step
// pass      batch.trials trials of every run in a list. A run that goes on after them is put into the other list, for the next pass
// dispatch  a pass over a part of the list, so that it takes no longer than a system allows (src/gpu/pacing.ts)
// place     index of a run in the list. All lanes of a run have the same place (lanes: tokens.wgsl)
// round     one execution of a loop's body. The lanes of a subgroup execute a loop together, also those of different runs
// probe     one of PROBES times in a step, equally spaced up to its end, at which events are looked for (events.wgsl)
// quiet     said of a fixed step after which there is nothing to do: no time to record in it, no event, no end of the run
@compute @workgroup_size(WORKGROUP)
fn flow(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let place = batch.first_place + place_of(id, group);
  if (agreed(place >= atomicLoad(&tallies[batch.list]))) { return; }
  let run = atomicLoad(&tallies[list_word(batch.list, place)]);
  take_run(run);
  load_crossings(run);
  var progress = load_progress(run);
  var s = load_state(run);
  var stages = Stages();
  stages[0] = load_slope(run);
  var kept = Kept();
  if (CONVERGE) { kept = load_kept(run); }
  var left = batch.trials;
  loop {
    if (agreed(left == 0u || progress.status != RUNNING)) { break; }
    var trial = Trial();
    if (ADAPTIVE) {
      trial = try_step(&progress, &s, &stages);
      left--;
    } else {
      trial = take_steps(&progress, &s, &stages, left);
      progress.steps += trial.quiet;
      progress.now.ticks += trial.quiet;
      left -= trial.quiet + select(0u, 1u, trial.outcome == TAKEN);
    }
    if (agreed(trial.outcome != QUIET)) { follow_up(run, &progress, &s, &stages, &kept, trial); }
    stages[0] = trial.next;
  }
  store_state(run, &s);
  store_slope(run, stages[0]);
  if (CONVERGE) { store_kept(run, &kept); }
  store_progress(run, &progress);
  if (progress.status == RUNNING && lane == 0u) {
    let other = 1u - batch.list;
    atomicStore(&tallies[list_word(other, atomicAdd(&tallies[other], 1u))], run);
  }
}

// Outcomes of a trial.
const QUIET = 0u;     // there was none but quiet fixed steps
const TAKEN = 1u;     // the state has moved to the end of the step
const REJECTED = 2u;  // an adaptive step: the state has not moved
const UNBOUNDED = 3u; // a fixed step that can't be taken: the state is too large

struct Trial {
  outcome: u32,
  quiet: u32, // quiet fixed steps taken before
  h: f32,
  last: bool, // whether an adaptive step ends where the run ends
  next: Stage, // at the state afterwards: its slope, or where steps are fixed, only its weights and output
}

// Fixed steps up to the next one that can't be quiet, that one included: the run's last, or one with a time to record. At least 1.
fn steps_to_stop(progress: ptr<function, Progress>) -> u32 {
  var next = END_TICKS;
  if ((*progress).slot < batch.slots) {
    let due = scheduled((*progress).slot).ticks;
    next = min(next, max(due, (*progress).now.ticks + 1u));
  }
  return max(next - (*progress).now.ticks, 1u);
}

// Who leads before a step, as `is_quiet` compares it.
struct Lead {
  leaders: f32, // what `sum_of_leaders` gives as long as the leader stays
  reached: bool, // whether the largest share has ever reached the threshold
}

fn lead_of(progress: ptr<function, Progress>) -> Lead {
  return Lead(select(f32(MAX_TOKENS) + f32((*progress).leader), TIED, (*progress).leader == NONE), (*progress).polarization_time != NEVER);
}

// Whether the step to this state, of weights p, has no event. (No float is converted to an integer here: a software driver does that lane by lane.)
fn is_quiet(lead: Lead, s: ptr<function, State>, p: Tokens) -> bool {
  let magnitudes = abs_tokens(p);
  let largest = max_tokens(magnitudes);
  let leaders = sum_of_leaders(magnitudes, largest);
  let over = excess_of(magnitudes, largest, POLARIZED_AT);
  let uneventful = is_uneventful(s, p);
  return (leaders == lead.leaders || leaders >= TIED) && (lead.reached || over < 0.0) && uneventful;
}

// After a trial that was not quiet: counts it, observes a step that was taken, and records what is due.
fn follow_up(
  run: u32, progress: ptr<function, Progress>,
  s: ptr<function, State>, stages: ptr<function, Stages>, kept: ptr<function, Kept>, trial: Trial,
) {
  let taken = trial.outcome == TAKEN;
  if (agreed(taken)) {
    observe(progress, s, stages, kept, trial);
  } else if (agreed(trial.outcome == UNBOUNDED)) {
    (*progress).status = end_of_unbounded(trial.next.y, (*s).attention);
  } else {
    (*progress).rejected++;
    if ((*progress).step <= max((*progress).now.rest * 0x1p-25, 1e-37)) { (*progress).status = STATUS_STALLED; } // `now` stays
  }
  if (agreed(taken || (*progress).status != RUNNING)) { record_due(run, progress, s, stages, select(0.0, trial.h, taken)); }
}

// Moves the run's moment to the end of the step, finds the events inside it, and finds out whether the run ends.
fn observe(
  progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, kept: ptr<function, Kept>, trial: Trial,
) {
  let last = select((*progress).steps + 1u == END_TICKS, trial.last, ADAPTIVE);
  (*progress).steps++;
  (*progress).now = moment_after((*progress).now, trial.h);
  if (last) { (*progress).now = end_moment(); }
  (*progress).status = health(trial.next.y, (*s).attention);
  if (agreed((*progress).status != RUNNING)) { return; }
  find_events(progress, s, stages, trial.h, trial.next.w[0]);
  (*progress).log_time = log_time_after((*progress).log_time, s, stages, trial.h, trial.next.y);
  let time = flow_time((*progress).now);
  if (last) {
    (*progress).status = STATUS_COMPLETED;
  } else if (ADAPTIVE && (*progress).steps >= MAX_STEPS) {
    (*progress).status = STATUS_MAX_STEPS;
  }
  if (CONVERGE && agreed((*progress).status == RUNNING && time >= 2.0 * (*progress).kept_time)) {
    if (has_converged(s, kept) && (*progress).kept_time > 0.0) { (*progress).status = STATUS_CONVERGED; }
    (*progress).kept_time = time;
  }
}
