// What the host and the kernels share. Everything is run-minor, [component][run], so that neighboring invocations
// touch neighboring words; `stride` is the number of runs in the batch.
struct Batch {
  seed: u32,
  first_run: u32,  // number of the batch's first run in the ensemble
  stride: u32,
  first_step: u32, // flow: steps taken before this dispatch, and after it
  last_step: u32,
  slot: u32,       // record: which of the recorded steps this is
  recorded: u32,   // record: of how many runs
}

@group(0) @binding(0) var<uniform> batch: Batch;
@group(0) @binding(1) var<storage, read> base: array<f32>;                // the start's fixed part: logits, values, target; then the design
@group(0) @binding(2) var<storage, read_write> states: array<f32>;        // logits, values, target
@group(0) @binding(3) var<storage, read_write> watches: array<u32>;       // what `watch` keeps between dispatches
@group(0) @binding(4) var<storage, read_write> rows: array<u32>;          // the columns of results
@group(0) @binding(5) var<storage, read_write> trajectories: array<f32>;  // [slot][what `record` keeps][run]
@group(0) @binding(6) var<storage, read_write> vectors: array<f32>;       // [VECTOR_…][token][run]

// Offsets in a state of its parts.
const VALUES_AT = TOKENS;
const TARGET_AT = TOKENS + TOKENS * DIM;
const STATE_WORDS = TARGET_AT + TARGET_LENGTH;

// The loops over words stay loops, by way of an array in memory: unrolled into separate accesses of a buffer they
// cost a software driver seconds of compilation, growing as the square of their number.
fn load_state(run: u32) -> State {
  var words = array<f32, STATE_WORDS>();
  for (var at = 0; at < STATE_WORDS; at++) {
    words[at] = states[u32(at) * batch.stride + run];
  }
  var s = State();
  for (var i = 0; i < TOKENS; i++) { // unroll
    s.logits[i] = words[i];
    for (var k = 0; k < DIM; k++) { // unroll
      s.values[i][k] = words[VALUES_AT + i * DIM + k];
    }
  }
  for (var k = 0; k < TARGET_LENGTH; k++) { // unroll
    s.aim[k] = words[TARGET_AT + k];
  }
  return s;
}

// The target never changes, and stays as it is.
fn store_state(run: u32, s: ptr<function, State>) {
  var words = array<f32, TARGET_AT>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    words[i] = (*s).logits[i];
    for (var k = 0; k < DIM; k++) { // unroll
      words[VALUES_AT + i * DIM + k] = (*s).values[i][k];
    }
  }
  for (var at = 0; at < TARGET_AT; at++) {
    states[u32(at) * batch.stride + run] = words[at];
  }
}

fn store_u32(column: u32, run: u32, value: u32) {
  rows[column * batch.stride + run] = value;
}

fn store_f32(column: u32, run: u32, value: f32) {
  rows[column * batch.stride + run] = bitcast<u32>(value);
}
