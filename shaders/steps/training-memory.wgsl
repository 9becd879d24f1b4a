// Steps of an optimizer with values in memory. What it keeps of them lies in `states` as they do.

// Shows w of all terms on the board, for TILE tokens from `first` on.
fn show_terms(stages: ptr<function, Stages>, first: u32) {
  let i = first / LANES;
  let column = lane - first % LANES;
  workgroupBarrier();
  for (var t = 0; t < TERMS; t++) { // unroll
    if (column < TILE) { board[u32(t) * TILE + column] = (*stages)[0].w[t][i]; }
  }
  workgroupBarrier();
}

// The word where the m-th number that is kept of each value begins.
fn memory_word(m: i32) -> u32 {
  return (STATE_VALUE_MEMORY_AT + u32(m) * ALL_TOKENS * u32(DIM)) * batch.stride + run_taken * ALL_TOKENS * u32(DIM);
}

fn before_word() -> u32 {
  return STATE_BEFORE_AT * batch.stride + run_taken * ALL_TOKENS * u32(DIM);
}

// What visit_values does with each of this lane's values.
const ADVANCE = 0u; // puts the value after a step into the state
const COMPARE = 1u; // compares it with that before, bit for bit
const SQUARE = 2u;  // squares `factor` times the gradient by it
const REMEMBER = 3u; // keeps it as it is at the beginning of a step

// With COMPARE, returns how many values change; with SQUARE, the sum.
fn visit_values(s: ptr<function, State>, stages: ptr<function, Stages>, factor: f32, step: u32, act: u32) -> f32 {
  let v = (*s).values;
  var sum = 0.0;
  for (var c = 0; c < COMPONENTS; c++) {
    let k = u32(c) * LANES + lane % ACROSS;
    let x = gradients_at(stages, c);
    for (var first = 0u; first < ALL_TOKENS; first += TILE) {
      show_terms(stages, first);
      let end = select(0u, min(TILE, ALL_TOKENS - first), k < u32(DIM));
      for (var token = lane / ACROSS; token < end; token += SHARERS) {
        let at = (first + token) * u32(DIM) + k;
        let before = states[v.at + at];
        var g = sum_of_terms(x, token);
        if (GRADIENT_NOISE && act != REMEMBER) { g += noise_of_value(0, first + token, k); }
        if (act == SQUARE) {
          let scaled = factor * (g + COUPLED_VALUES * before);
          sum += scaled * scaled;
          continue;
        }
        if (act == REMEMBER) {
          states[before_word() + at] = before;
          continue;
        }
        var memory = Memory();
        for (var m = 0; m < MEMORY; m++) { // unroll
          memory[m] = vec2f(select(states[memory_word(m) + at], 0.0, step == 0u)); // nothing is kept before the first step
        }
        let after = stepped(vec2f(before), vec2f(g), factor, COUPLED_VALUES, DECOUPLED_VALUES, &memory).x;
        if (act == COMPARE) {
          sum += select(1.0, 0.0, bitcast<u32>(after) == bitcast<u32>(before));
          continue;
        }
        states[v.at + at] = after;
        for (var m = 0; m < MEMORY; m++) { // unroll
          states[memory_word(m) + at] = memory[m].x;
        }
      }
    }
  }
  storageBarrier();
  return sum;
}

fn train_values(s: ptr<function, State>, stages: ptr<function, Stages>, rate: f32, step: u32) {
  _ = visit_values(s, stages, rate, step, ADVANCE);
}

// This lane's part of the squares of a scale times the gradient by V, decay included.
fn gradient_square(s: ptr<function, State>, stages: ptr<function, Stages>, scale: f32) -> f32 {
  return visit_values(s, stages, scale, 0u, SQUARE);
}

// Whether this step at this rate leaves this lane's values as they are, bit for bit.
fn values_stand(s: ptr<function, State>, stages: ptr<function, Stages>, rate: f32, step: u32) -> bool {
  return visit_values(s, stages, rate, step, COMPARE) == 0.0;
}

fn load_value_memory(run: u32) {}

fn store_value_memory(run: u32) {}

// Keeps the values at the beginning of a step.
fn keep_before(s: ptr<function, State>) {
  var stages = Stages();
  _ = visit_values(s, &stages, 0.0, 0u, REMEMBER);
}

fn values_before() -> Values {
  return Values(before_word(), false);
}

// Writes the values inside a step into a trajectory: each lane those of its tokens.
fn keep_values(run: u32, slot: u32, s: ptr<function, State>, stages: ptr<function, Stages>, inside: Motion) {
  let to = recorded_value(run, slot, 0u, 0u);
  for (var i = 0; i < TOKENS; i++) {
    let end = select(0u, u32(DIM), is_here(i));
    for (var k = 0u; k < end; k++) {
      let at = token_of(i) * u32(DIM) + k;
      var v = states[(*s).values.at + at];
      if (TRAIN_VALUES && inside.phi > 0.0) { v += inside.phi * (states[before_word() + at] - v); }
      trajectories[to + at * batch.recorded] = bitcast<u32>(v);
    }
  }
}
