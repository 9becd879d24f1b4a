// Steps of an optimizer with values in memory. What it keeps of them lies in `states` as they do.

// Shows w of all terms on the board, for TILE tokens from `first` on.
fn show_terms(stages: ptr<function, Stages>, first: u32) {
  let i = first / LANES;
  let column = lane - first % LANES;
  workgroupBarrier();
  for (var t = 0; t < TERMS; t++) { // unroll
    if (column < TILE) { show(u32(t) * TILE + column, (*stages)[0].w[t][i]); }
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
      for (var round = 0u; round < rounds(TILE_ROUNDS); round++) {
        if (4u * four_in(round, 0) >= end) { break; }
        var before = array<vec4f, FLIGHT>();
        var remembered = array<array<vec4f, SLOTS>, FLIGHT>();
        for (var f = 0; f < FLIGHT; f++) { // unroll
          let token = first + 4u * four_in(round, f);
          before[f] = four_tokens(v, token, k, RAGGED);
          if (act == ADVANCE || act == COMPARE) {
            for (var m = 0; m < MEMORY; m++) { // unroll
              remembered[f][m] = select(four_states(four_words(memory_word(m), token, k, RAGGED)), vec4f(), step == 0u); // nothing is kept before the first step
            }
          }
        }
        for (var f = 0; f < FLIGHT; f++) { // unroll
          let four = four_in(round, f);
          let token = first + 4u * four;
          let count = count_of(four, end);
          var g = sums_of_terms(x, four);
          if (GRADIENT_NOISE && act != REMEMBER) {
            for (var j = 0u; j < 4u; j++) {
              g[j] += noise_of_value(0, token + j, k);
            }
          }
          if (act == SQUARE) {
            let scaled = first_of(factor * (g + COUPLED_VALUES * before[f]), count);
            sum += sum_of_four(scaled * scaled);
          } else if (act == REMEMBER) {
            store_four(four_words(before_word(), token, k, false), before[f], count);
          } else {
            var after = vec4f();
            for (var pair = 0; pair < 2; pair++) { // unroll
              let now = vec2f(before[f][2 * pair], before[f][2 * pair + 1]);
              var memory = Memory();
              for (var m = 0; m < MEMORY; m++) { // unroll
                memory[m] = vec2f(remembered[f][m][2 * pair], remembered[f][m][2 * pair + 1]);
              }
              let next = stepped(now, vec2f(g[2 * pair], g[2 * pair + 1]), factor, COUPLED_VALUES, DECOUPLED_VALUES, &memory);
              after[2 * pair] = next.x;
              after[2 * pair + 1] = next.y;
              for (var m = 0; m < MEMORY; m++) { // unroll
                remembered[f][m][2 * pair] = memory[m].x;
                remembered[f][m][2 * pair + 1] = memory[m].y;
              }
            }
            if (act == COMPARE) {
              let changed = select(vec4f(1.0), vec4f(), bitcast<vec4u>(after) == bitcast<vec4u>(before[f]));
              sum += sum_of_four(first_of(changed, count));
            } else {
              store_four(four_words(v.at, token, k, false), after, count);
              for (var m = 0; m < MEMORY; m++) { // unroll
                store_four(four_words(memory_word(m), token, k, false), remembered[f][m], count);
              }
            }
          }
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
