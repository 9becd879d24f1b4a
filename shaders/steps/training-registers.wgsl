// Steps of an optimizer with values in registers.
var<private> value_memory: array<Values, SLOTS>;

// ∂L/∂V_ki, with the noise of this step
fn value_gradient(stages: ptr<function, Stages>, i: i32, k: i32) -> f32 {
  var g = 0.0;
  for (var t = 0; t < TERMS; t++) { // unroll
    g += (*stages)[0].w[t][i] * (*stages)[0].x[t][k];
  }
  if (GRADIENT_NOISE) { g += noise_of_value(i * DIM + k, token_of(i), u32(k)); }
  return g;
}

fn train_values(s: ptr<function, State>, stages: ptr<function, Stages>, rate: f32, step: u32) {
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var pair = 0; pair < DIM_PAIRS; pair++) { // unroll
      let k = 2 * pair;
      let l = min(k + 1, DIM - 1);
      var memory = Memory();
      for (var m = 0; m < MEMORY; m++) { // unroll
        memory[m] = vec2f(value_memory[m][i][k], value_memory[m][i][l]);
      }
      let v = vec2f((*s).values[i][k], (*s).values[i][l]);
      let g = vec2f(value_gradient(stages, i, k), value_gradient(stages, i, l));
      let next = stepped(v, g, rate, COUPLED_VALUES, DECOUPLED_VALUES, &memory);
      (*s).values[i][k] = next.x;
      (*s).values[i][l] = next.y;
      for (var m = 0; m < MEMORY; m++) { // unroll
        value_memory[m][i][k] = memory[m].x;
        value_memory[m][i][l] = memory[m].y;
      }
    }
  }
}

// This lane's part of the squares of a scale times the gradient by V, decay included.
fn gradient_square(s: ptr<function, State>, stages: ptr<function, Stages>, scale: f32) -> f32 {
  var square = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    var own = 0.0;
    for (var k = 0; k < DIM; k++) { // unroll
      let g = scale * (value_gradient(stages, i, k) + COUPLED_VALUES * (*s).values[i][k]);
      own += g * g;
    }
    square += select(0.0, own, is_here(i));
  }
  return square;
}

// Whether this step at this rate leaves this lane's values as they are, bit for bit.
fn values_stand(s: ptr<function, State>, stages: ptr<function, Stages>, rate: f32, step: u32) -> bool {
  var next = *s;
  train_values(&next, stages, rate, step);
  var same = true;
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      same &= !is_here(i) || bitcast<u32>(next.values[i][k]) == bitcast<u32>((*s).values[i][k]);
    }
  }
  return same;
}

// (Loops over words: see `opaque` in bindings.wgsl.)
fn memory_word(run: u32, m: i32, at: i32) -> u32 {
  return (STATE_VALUE_MEMORY_AT + (u32(m) * ALL_TOKENS + token_of(at / DIM)) * u32(DIM) + u32(at % DIM)) * batch.stride + run;
}

fn load_value_memory(run: u32) {
  for (var m = 0; m < MEMORY; m++) { // unroll
    var words = array<f32, VALUE_WORDS>();
    for (var at = 0; at < opaque(VALUE_WORDS); at++) {
      if (is_here(at / DIM)) { words[at] = states[memory_word(run, m, at)]; }
    }
    value_memory[m] = values_of(&words);
  }
}

fn store_value_memory(run: u32) {
  for (var m = 0; m < MEMORY; m++) { // unroll
    var kept = State();
    kept.values = value_memory[m];
    var words = words_of(&kept);
    for (var at = 0; at < opaque(VALUE_WORDS); at++) {
      if (is_here(at / DIM)) { states[memory_word(run, m, at)] = words[at]; }
    }
  }
}

fn before_word(at: i32) -> u32 {
  return (STATE_BEFORE_AT + token_of(at / DIM) * u32(DIM) + u32(at % DIM)) * batch.stride + run_taken;
}

// Keeps the values at the beginning of a step.
fn keep_before(s: ptr<function, State>) {
  var words = words_of(s);
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { states[before_word(at)] = words[at]; }
  }
}

fn values_before() -> Values {
  var words = array<f32, VALUE_WORDS>();
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { words[at] = states[before_word(at)]; }
  }
  return values_of(&words);
}

// Writes the values inside a step into a trajectory.
fn keep_values(run: u32, slot: u32, s: ptr<function, State>, stages: ptr<function, Stages>, inside: Motion) {
  var words = words_of(s);
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (!is_here(at / DIM)) { continue; }
    var v = words[at];
    if (TRAIN_VALUES && inside.phi > 0.0) { v += inside.phi * (states[before_word(at)] - v); }
    trajectories[recorded_value(run, slot, token_of(at / DIM), u32(at % DIM))] = bitcast<u32>(v);
  }
}
