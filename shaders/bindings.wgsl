// What the host and the kernels share. Everything is run-minor, [component][run], so that neighboring invocations
// touch neighboring words; `stride` is the number of runs in the batch.
struct Batch {
  seed: u32,
  first_run: u32,  // number of the batch's first run in the ensemble
  stride: u32,
  list: u32,       // flow: which of the two lists holds the runs that go on, 0 or 1; the other gets those that still do
  trials: u32,     // flow: of a step, at most, in this dispatch
  max_steps: u32,
  end_ticks: u32,  // the end, as a Moment
  end_rest: f32,
  tick: f32,
  slots: u32,      // how many times are recorded
  recorded: u32,   // of how many runs the trajectory is kept
  tallied: u32,    // 1 where histograms are kept of all runs
  tallies_at: u32, // where these begin
  nothing: u32,    // 0: see `opaque`
  logits_scale: f32, // how far the start is random
  values_scale: f32,
  from_place: u32, // flow: where in the list this dispatch begins
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> base: array<f32>;               // the start's fixed part: logits, values, target; then the design
@group(0) @binding(2) var<storage, read_write> states: array<f32>;       // logits, values, target; the slope; the state kept for convergence
@group(0) @binding(3) var<storage, read_write> courses: array<u32>;      // `Course`
@group(0) @binding(4) var<storage, read_write> rows: array<u32>;         // the columns of results
@group(0) @binding(5) var<storage, read_write> trajectories: array<u32>; // [slot][what `record` keeps][run]
@group(0) @binding(6) var<storage, read_write> vectors: array<f32>;      // [VECTOR_…][token][run]
@group(0) @binding(7) var<storage, read_write> tallies: array<atomic<u32>>; // lengths of two lists of runs, the lists, histograms
@group(0) @binding(8) var<storage, read> schedule: array<u32>;           // the recorded times, as Moments

// Offsets in a state of its parts, and of what is kept beside it.
const VALUES_AT = TOKENS;
const TARGET_AT = TOKENS + TOKENS * DIM;
const STATE_WORDS = TARGET_AT + TARGET_LENGTH;
const SLOPE_AT = STATE_WORDS;
const SLOPE_WORDS = 2 * TOKENS + 2 * DIM;
const KEPT_AT = SLOPE_AT + SLOPE_WORDS;
const KEPT_WORDS = select(1, TARGET_AT, CONVERGE);

// n, but a compiler can't know it. Loops over words go through an array in memory and have such an end, so that they stay
// loops: unrolled into separate accesses of a buffer they cost a software driver seconds of compilation, growing as the
// square of their number.
fn opaque(n: i32) -> i32 {
  return n + i32(batch.nothing);
}

fn load_state(run: u32) -> State {
  var words = array<f32, STATE_WORDS>();
  for (var at = 0; at < opaque(STATE_WORDS); at++) {
    words[at] = states[u32(at) * batch.stride + run];
  }
  return state_of(&words);
}

fn state_of(words: ptr<function, array<f32, STATE_WORDS>>) -> State {
  var s = State();
  for (var i = 0; i < TOKENS; i++) { // unroll
    s.logits[i] = (*words)[i];
    for (var k = 0; k < DIM; k++) { // unroll
      s.values[i][k] = (*words)[VALUES_AT + i * DIM + k];
    }
  }
  for (var k = 0; k < TARGET_LENGTH; k++) { // unroll
    s.aim[k] = (*words)[TARGET_AT + k];
  }
  return s;
}

// Without the target.
fn words_of(s: ptr<function, State>) -> array<f32, TARGET_AT> {
  var words = array<f32, TARGET_AT>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    words[i] = (*s).logits[i];
    for (var k = 0; k < DIM; k++) { // unroll
      words[VALUES_AT + i * DIM + k] = (*s).values[i][k];
    }
  }
  return words;
}

// The target never changes, and stays as it is.
fn store_state(run: u32, s: ptr<function, State>) {
  var words = words_of(s);
  for (var at = 0; at < opaque(TARGET_AT); at++) {
    states[u32(at) * batch.stride + run] = words[at];
  }
}

fn load_slope(run: u32) -> Stage {
  var words = array<f32, SLOPE_WORDS>();
  for (var at = 0; at < opaque(SLOPE_WORDS); at++) {
    words[at] = states[u32(SLOPE_AT + at) * batch.stride + run];
  }
  var stage = Stage();
  for (var i = 0; i < TOKENS; i++) { // unroll
    stage.p[i] = words[i];
    stage.slope[i] = words[TOKENS + i];
  }
  for (var k = 0; k < DIM; k++) { // unroll
    stage.y[k] = words[2 * TOKENS + k];
    stage.g[k] = words[2 * TOKENS + DIM + k];
  }
  return stage;
}

fn store_slope(run: u32, stage: Stage) {
  var words = array<f32, SLOPE_WORDS>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    words[i] = stage.p[i];
    words[TOKENS + i] = stage.slope[i];
  }
  for (var k = 0; k < DIM; k++) { // unroll
    words[2 * TOKENS + k] = stage.y[k];
    words[2 * TOKENS + DIM + k] = stage.g[k];
  }
  for (var at = 0; at < opaque(SLOPE_WORDS); at++) {
    states[u32(SLOPE_AT + at) * batch.stride + run] = words[at];
  }
}

fn place_in_list(list: u32, index: u32) -> u32 {
  return 2u + list * batch.stride + index;
}
