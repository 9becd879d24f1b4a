// What the host and the shaders share; src/gpu/structs.ts takes the fields of Batch from here. The run is the last index of every array,
// [component][run], so that neighboring invocations read neighboring words; `stride` is the number of runs in the batch.
struct Batch {
  stride: u32,
  list: u32,         // flow: the list of runs to follow, 0 or 1; those that go on afterwards are put into the other
  trials: u32,       // flow: trials of every run, at most
  points: u32,       // number of points that the runs of the batch belong to
  point_words: u32,
  slots: u32,        // number of recorded times
  recorded: u32,     // number of runs whose trajectories are kept
  recorded_at: u32,  // where the list of these runs begins in `points`
  samples: u32,      // number of runs that are sampled for verification
  sampled_at: u32,   // where the list of these runs begins in `points`
  samples_at: u32,   // where samples begin in `samples`, behind trajectories
  by_sample: u32,    // end: 1 where places are samples, not runs
  tallied: u32,      // 1 where histograms are kept
  tallies_at: u32,   // where they begin in `tallies`
  tally_words: u32,  // words of the histograms of a point, and of what is counted of it
  counted_at: u32,   // where the latter begin among them
  ledger_at: u32,    // where the bins of sampled runs begin in `tallies`
  max_pairs: u32,    // pack: how many pairs there is room for
  serial: u32,       // the number of the batch, which is also the last word of `points`
  zero: u32,         // see `opaque`
  first_place: u32,  // where this dispatch begins: in the list of runs, or among all runs, samples, or entries of trajectories
  end_place: u32,    // where it ends
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> points: array<u32>;             // see points.wgsl
@group(0) @binding(2) var<storage, read_write> states: array<f32>;       // [STATE_…][run]: logits, values, and what is kept beside them
@group(0) @binding(3) var<storage, read_write> progresses: array<u32>;   // [word of Progress][run]
@group(0) @binding(4) var<storage, read_write> rows: array<u32>;         // [COLUMN_…][run]
// Two uses of one buffer, one behind the other; a third when both have been read: statistics/pack.wgsl.
@group(0) @binding(5) var<storage, read_write> trajectories: array<u32>; // [slot][entry, then the state it is made from][recorded run]
@group(0) @binding(5) var<storage, read_write> samples: array<u32>;      // behind them, for the host only: [sample][word]
@group(0) @binding(6) var<storage, read_write> vectors: array<f32>;      // [VECTOR_…][token][run]
@group(0) @binding(7) var<storage, read_write> tallies: array<atomic<u32>>; // lengths of the two lists of runs, counts of places, the lists, histograms and counts [point], the bins of sampled runs [sample][slot][kind]

// n, without a compiler knowing that. Loops over the words of a buffer have such an end, and go through an array in memory, so that they
// stay loops: unrolled into separate accesses of the buffer they would cost a software driver seconds of compilation, growing as the
// square of their number.
fn opaque(n: i32) -> i32 {
  return n + i32(batch.zero);
}

// The word of a token in a part of the state that has one number a token. A part begins at STATE_…_AT, see src/gpu/layout.ts.
fn token_word(run: u32, part: u32, i: i32) -> u32 {
  return (part + token_of(i)) * batch.stride + run;
}

fn load_tokens(run: u32, part: u32) -> Tokens {
  var x = Tokens();
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) { x[i] = states[token_word(run, part, i)]; }
  }
  return x;
}

fn store_tokens(run: u32, part: u32, x: Tokens) {
  var words = x;
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) { states[token_word(run, part, i)] = words[i]; }
  }
}

fn load_vector_at(run: u32, part: u32) -> Vector {
  var x = Vector();
  for (var k = 0; k < opaque(COMPONENTS); k++) {
    if (is_component(k)) { x[k] = states[(part + component_of(k)) * batch.stride + run]; }
  }
  return x;
}

fn store_vector_at(run: u32, part: u32, x: Vector) {
  var words = x;
  for (var k = 0; k < opaque(COMPONENTS); k++) {
    if (is_own_component(k)) { states[(part + component_of(k)) * batch.stride + run] = words[k]; }
  }
}

fn load_state(run: u32) -> State {
  return state_with(run, load_tokens(run, STATE_ATTENTION_AT), load_values(run));
}

// The state with this attention vector and these values; its other parts never change.
fn state_with(run: u32, attention: Tokens, values: Values) -> State {
  var s = State();
  s.attention = attention;
  s.values = values;
  if (REDUCED) { s.outside = load_tokens(run, STATE_OUTSIDE_AT); }
  var aim = Aim();
  for (var k = 0; k < opaque(AIM_COMPONENTS); k++) {
    let at = select(component_of(k), u32(AIM_LENGTH) - 1u, HAS_MIN_LOSS && k == AIM_COMPONENTS - 1);
    if (at < u32(AIM_LENGTH)) { aim[k] = states[(STATE_AIM_AT + at) * batch.stride + run]; }
  }
  s.aim = aim;
  return s;
}

fn store_state(run: u32, s: ptr<function, State>) {
  store_tokens(run, STATE_ATTENTION_AT, (*s).attention);
  store_values(run, s);
}

// The word of `tallies` that holds the run at a place in a list.
fn list_word(list: u32, place: u32) -> u32 {
  return LISTS_AT + list * batch.stride + place;
}

// Counts, for the host, a place that an entry point has done, DONE_…: only if `points` and the parameters are those of one batch.
fn count_done(entry_point: u32) {
  if (lane == 0u && points[batch.sampled_at + batch.samples] == batch.serial) { atomicAdd(&tallies[entry_point], 1u); }
}
