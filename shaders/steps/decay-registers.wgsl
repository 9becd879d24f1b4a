// Runge-Kutta steps with weight decay, with values in registers.
var<private> kept_before: Values; // at the beginning of the last step

fn keep_before(s: ptr<function, State>) {
  kept_before = (*s).values;
}

fn values_before(s: ptr<function, State>) -> Values {
  return kept_before;
}

// Σ_l parts_l·(slope of stage l) by V_ki
fn sum_of_slopes(stages: ptr<function, Stages>, parts: Pairs, i: i32, k: i32) -> f32 {
  var sum = 0.0;
  for (var l = 0; l < STAGES; l++) { // unroll
    for (var t = 0; t < TERMS; t++) { // unroll
      sum += (parts[l].x * (*stages)[l].w[t][i]) * (*stages)[l].x[t][k];
    }
  }
  return sum;
}

fn moved_values(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion) -> Values {
  let base = base_of(s, motion);
  var values = Values();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      values[i][k] = motion.stay.x * base.values[i][k] - sum_of_slopes(stages, motion.parts, i, k);
      if (GRADIENT_NOISE) { values[i][k] += motion.end * (*s).values[i][k]; }
    }
  }
  return values;
}

fn advance_values(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, h: f32) {
  (*s).values = moved_values(s, stages, motion);
  if (GRADIENT_NOISE) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      for (var k = 0; k < DIM; k++) { // unroll
        (*s).values[i][k] -= h * noise_of_value(i * DIM + k, token_of(i), u32(k));
      }
    }
  }
}

// Σ_k (of the sum by V_ki over its scale)², of each token
fn value_squares(s: ptr<function, State>, stages: ptr<function, Stages>, sum: Motion) -> Tokens {
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    let scale = 1.0 / value_scale(s, i);
    for (var k = 0; k < DIM; k++) { // unroll
      let scaled = (sum.stay.x * (*s).values[i][k] + sum_of_slopes(stages, sum.parts, i, k)) * scale;
      squares[i] += scaled * scaled;
    }
  }
  return squares;
}

// Whether this motion leaves this lane's values as they are, bit for bit.
fn values_stand(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion) -> bool {
  let next = moved_values(s, stages, motion);
  var same = true;
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      same &= !is_here(i) || bitcast<u32>(next[i][k]) == bitcast<u32>((*s).values[i][k]);
    }
  }
  return same;
}

// Writes the values inside a step into a trajectory. (The loop over words: see `opaque` in bindings.wgsl.)
fn keep_values(run: u32, slot: u32, s: ptr<function, State>, stages: ptr<function, Stages>, inside: Motion) {
  var moved = *s;
  if (TRAIN_VALUES) { moved.values = moved_values(s, stages, inside); }
  var words = words_of(&moved);
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { trajectories[recorded_value(run, slot, token_of(at / DIM), u32(at % DIM))] = bitcast<u32>(words[at]); }
  }
}
