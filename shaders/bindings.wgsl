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
  recorded: u32,   // of how many runs the trajectory is kept; sample: of how many the values are read
  tallied: u32,    // 1 where histograms are kept of all runs
  tallies_at: u32, // where these begin
  nothing: u32,    // 0: see `opaque`
  logits_scale: f32, // how far the start is random
  values_scale: f32,
  from_place: u32, // where among the runs, in the list of them, or among entries this dispatch begins
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> base: array<f32>;               // what all runs share: the start's fixed part, and what a loss or reduction needs
@group(0) @binding(2) var<storage, read_write> states: array<f32>;       // logits and values; what is kept beside them
@group(0) @binding(3) var<storage, read_write> courses: array<u32>;      // `Course`
@group(0) @binding(4) var<storage, read_write> rows: array<u32>;         // the columns of results
@group(0) @binding(5) var<storage, read_write> trajectories: array<u32>; // [slot][what `record` keeps][run]; sample: [token][component][run]
@group(0) @binding(6) var<storage, read_write> vectors: array<f32>;      // [VECTOR_…][token][run]
@group(0) @binding(7) var<storage, read_write> tallies: array<atomic<u32>>; // lengths of two lists of runs, the lists, histograms
@group(0) @binding(8) var<storage, read> schedule: array<u32>;           // the recorded times, as Moments

// How a run's words lie in `states`: STATE_…_AT and BASE_…_AT are the host's, src/gpu/layout.ts.
const MOVING_WORDS = TOKENS + TOKENS * DIM; // logits and values that this lane holds
const KEPT_WORDS = select(1, MOVING_WORDS, CONVERGE);

// n, but a compiler can't know it. Loops over words go through an array in memory and have such an end, so that they stay
// loops: unrolled into separate accesses of a buffer they cost a software driver seconds of compilation, growing as the
// square of their number.
fn opaque(n: i32) -> i32 {
  return n + i32(batch.nothing);
}

// Which of its tokens a lane's word of logits and values belongs to.
fn token_index(at: i32) -> i32 {
  return select((at - TOKENS) / DIM, at, at < TOKENS);
}

// Where among all logits and values of a run that word is.
fn moving_word(at: i32) -> u32 {
  let token = token_of(token_index(at));
  return select(ALL_TOKENS + token * u32(DIM) + u32((at - TOKENS) % DIM), token, at < TOKENS);
}

fn state_word(run: u32, part: u32, at: i32) -> u32 {
  return (part + moving_word(at)) * batch.stride + run;
}

// Of a token, in a part of the state that has a number each.
fn token_word(run: u32, part: u32, i: i32) -> u32 {
  return (part + token_of(i)) * batch.stride + run;
}

fn load_words(run: u32) -> array<f32, MOVING_WORDS> {
  var words = array<f32, MOVING_WORDS>();
  for (var at = 0; at < opaque(MOVING_WORDS); at++) {
    if (is_here(token_index(at))) { words[at] = states[state_word(run, 0u, at)]; }
  }
  return words;
}

fn load_state(run: u32) -> State {
  var words = load_words(run);
  return state_of(run, &words);
}

// With these logits and values, and what never changes.
fn state_of(run: u32, words: ptr<function, array<f32, MOVING_WORDS>>) -> State {
  var s = State();
  for (var i = 0; i < TOKENS; i++) { // unroll
    s.logits[i] = (*words)[i];
    for (var k = 0; k < DIM; k++) { // unroll
      s.values[i][k] = (*words)[TOKENS + i * DIM + k];
    }
  }
  if (REDUCED) {
    var outside = Tokens();
    for (var i = 0; i < opaque(TOKENS); i++) {
      if (is_here(i)) { outside[i] = states[token_word(run, STATE_OUTSIDE_AT, i)]; }
    }
    s.outside = outside;
  }
  var aim = Aim();
  for (var k = 0; k < opaque(AIM_LENGTH); k++) {
    aim[k] = states[(STATE_AIM_AT + u32(k)) * batch.stride + run];
  }
  s.aim = aim;
  return s;
}

fn words_of(s: ptr<function, State>) -> array<f32, MOVING_WORDS> {
  var words = array<f32, MOVING_WORDS>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    words[i] = (*s).logits[i];
    for (var k = 0; k < DIM; k++) { // unroll
      words[TOKENS + i * DIM + k] = (*s).values[i][k];
    }
  }
  return words;
}

fn store_state(run: u32, s: ptr<function, State>) {
  var words = words_of(s);
  for (var at = 0; at < opaque(MOVING_WORDS); at++) {
    if (is_here(token_index(at))) { states[state_word(run, 0u, at)] = words[at]; }
  }
}

fn load_slope(run: u32) -> Stage {
  var p = Tokens();
  var slope = Tokens();
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) {
      p[i] = states[token_word(run, STATE_SLOPE_AT, i)];
      slope[i] = states[token_word(run, STATE_SLOPE_AT + ALL_TOKENS, i)];
    }
  }
  var y = Vector();
  var g = Vector();
  for (var k = 0; k < opaque(DIM); k++) {
    let at = STATE_SLOPE_AT + 2u * ALL_TOKENS + u32(k);
    y[k] = states[at * batch.stride + run];
    g[k] = states[(at + u32(DIM)) * batch.stride + run];
  }
  return Stage(p, y, g, slope);
}

fn store_slope(run: u32, stage: Stage) {
  var p = stage.p;
  var slope = stage.slope;
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) {
      states[token_word(run, STATE_SLOPE_AT, i)] = p[i];
      states[token_word(run, STATE_SLOPE_AT + ALL_TOKENS, i)] = slope[i];
    }
  }
  if (lane != 0u) { return; }
  var y = stage.y;
  var g = stage.g;
  for (var k = 0; k < opaque(DIM); k++) {
    let at = STATE_SLOPE_AT + 2u * ALL_TOKENS + u32(k);
    states[at * batch.stride + run] = y[k];
    states[(at + u32(DIM)) * batch.stride + run] = g[k];
  }
}

fn place_in_list(list: u32, index: u32) -> u32 {
  return 2u + list * batch.stride + index;
}
