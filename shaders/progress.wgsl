// What is kept of a run between dispatches beside its state: its moment, its next step, and its events so far.
struct Progress {
  status: u32,            // RUNNING, until it ends
  steps: u32,             // accepted
  rejected: u32,
  now: Moment,            // of the state
  step: f32,              // length of the next trial, where steps adapt
  again: u32,             // 1 if the last trial was rejected: the next step may not grow
  slot: u32,              // index of the recorded time that is due next
  leader: u32,            // token of the largest share; NONE until one token alone has it
  lock_in_time: f32,      // of the last change of the leader; 0 before there is one
  polarization_time: f32, // at which the largest share first reached POLARIZED_AT; NEVER before
  kept_time: f32,         // of the state that the test for convergence keeps; 0 before there is one
  log_time: f32,          // logarithm of flow time, where the flow is in the margin's own clock
}

const NEVER = -1.0; // in place of a time: the event has not happened
const LOG_TIME_ZERO = -1e38; // in place of log 0

fn load_progress(run: u32) -> Progress {
  var words = array<u32, PROGRESS_WORDS>();
  for (var at = 0; at < opaque(PROGRESS_WORDS); at++) {
    words[at] = progresses[u32(at) * batch.stride + run];
  }
  return progress_of_words(&words);
}

fn store_progress(run: u32, progress: ptr<function, Progress>) {
  var words = words_of_progress(progress);
  if (lane != 0u) { return; }
  for (var at = 0; at < opaque(PROGRESS_WORDS); at++) {
    progresses[u32(at) * batch.stride + run] = words[at];
  }
}

// Whether a run goes on from this output and attention vector. By bits: as unsigned numbers, infinity and NaN lie above finite ones.
fn is_bounded(y: Vector, a: Tokens) -> bool {
  let size = bitcast<u32>(dot_vectors(y, y) + dot_tokens(a, a)) & 0x7fffffffu;
  return size <= bitcast<u32>(f32(DIVERGED_AT));
}

// The status of a run in a state with this output and attention vector: RUNNING, unless the state is too large or not finite.
fn health(y: Vector, a: Tokens) -> u32 {
  if (agreed(is_bounded(y, a))) { return RUNNING; }
  return end_of_unbounded(y, a);
}

fn end_of_unbounded(y: Vector, a: Tokens) -> u32 {
  var finite = is_finite_here(y);
  for (var i = 0; i < TOKENS; i++) { // unroll
    finite &= !is_non_finite(a[i]) || !is_here(i);
  }
  return select(STATUS_DIVERGED, STATUS_NON_FINITE, lanes_any(!finite));
}

fn is_sound(status: u32) -> bool {
  return status != STATUS_DIVERGED && status != STATUS_NON_FINITE;
}
