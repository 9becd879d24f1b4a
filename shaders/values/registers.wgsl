// Values in registers: a lane holds the values of its tokens, and all components of every vector.
alias Values = array<array<f32, DIM>, TOKENS>; // v_i, the columns of V
alias Parcel = Vector; // numbers that lanes sum together

fn component_of(k: i32) -> u32 {
  return u32(k);
}

fn is_component(k: i32) -> bool {
  return true;
}

// Whether this lane is the one that stores component k.
fn is_own_component(k: i32) -> bool {
  return lane == 0u;
}

// The sum over all components, from x of those on this lane, which has all.
fn components_sum(x: f32) -> f32 {
  return x;
}

fn components_max(x: f32) -> f32 {
  return x;
}

// x of tokens as a vector, where token k belongs to component k; and the other way.
fn as_vector(x: Tokens) -> Vector {
  var out = Vector();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      out[k] = select(out[k], x[i], token_of(i) == u32(k));
    }
  }
  return lanes_sum_parcel(out);
}

fn as_tokens(x: Vector) -> Tokens {
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      out[i] = select(out[i], x[k], token_of(i) == u32(k));
    }
  }
  return out;
}

// This lane's part of V w.
fn part_of_output(s: ptr<function, State>, w: Tokens) -> Vector {
  var y = Vector();
  for (var i = 0; i < TOKENS; i++) { // unroll
    let weight = select(0.0, w[i], is_here(i));
    for (var k = 0; k < DIM; k++) { // unroll
      y[k] += weight * (*s).values[i][k];
    }
  }
  return y;
}

// V w
fn output_of(s: ptr<function, State>, w: Tokens) -> Vector {
  return lanes_sum_parcel(part_of_output(s, w));
}

// Vᵀx
fn pull_of(s: ptr<function, State>, x: Vector) -> Tokens {
  var c = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      c[i] += (*s).values[i][k] * x[k];
    }
  }
  return c;
}

// ‖v_i‖² in these coordinates
fn moving_square(s: ptr<function, State>, i: i32) -> f32 {
  return dot_vectors((*s).values[i], (*s).values[i]);
}

fn coordinate(s: ptr<function, State>, i: i32, k: u32) -> f32 {
  return (*s).values[i][k];
}

// The place of values in buffers, [token][coordinate][run]. (Loops over words: see `opaque` in bindings.wgsl.)
const VALUE_WORDS = TOKENS * DIM;

fn value_word(run: u32, token: u32, k: u32) -> u32 {
  return (STATE_VALUES_AT + token * u32(DIM) + k) * batch.stride + run;
}

fn values_of(words: ptr<function, array<f32, VALUE_WORDS>>) -> Values {
  var values = Values();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      values[i][k] = (*words)[i * DIM + k];
    }
  }
  return values;
}

fn words_of(s: ptr<function, State>) -> array<f32, VALUE_WORDS> {
  var words = array<f32, VALUE_WORDS>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      words[i * DIM + k] = (*s).values[i][k];
    }
  }
  return words;
}

fn load_values(run: u32) -> Values {
  var words = array<f32, VALUE_WORDS>();
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { words[at] = states[value_word(run, token_of(at / DIM), u32(at % DIM))]; }
  }
  return values_of(&words);
}

fn store_values(run: u32, s: ptr<function, State>) {
  var words = words_of(s);
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { states[value_word(run, token_of(at / DIM), u32(at % DIM))] = words[at]; }
  }
}

// The values that the test for convergence compares with. In memory, not in registers: they are read once each time flow time doubles.
const KEPT_WORDS = select(1, VALUE_WORDS, CONVERGE);
alias KeptValues = array<f32, KEPT_WORDS>;

// Σ (change from the kept value / scale)² over this lane's values. Keeps the new values.
fn moved_since(s: ptr<function, State>, kept: ptr<function, Kept>) -> f32 {
  var words = words_of(s);
  var scales = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    scales[i] = CONVERGED_ATOL + CONVERGED_RTOL * value_size(s, i);
  }
  var sum = 0.0;
  for (var at = 0; at < opaque(KEPT_WORDS); at++) {
    let scaled = (words[at] - (*kept).values[at]) / scales[at / DIM];
    if (is_here(at / DIM)) { sum += scaled * scaled; }
    (*kept).values[at] = words[at];
  }
  return sum;
}

fn kept_word(run: u32, at: i32) -> u32 {
  return (STATE_KEPT_VALUES_AT + token_of(at / DIM) * u32(DIM) + u32(at % DIM)) * batch.stride + run;
}

fn load_kept_values(run: u32) -> KeptValues {
  var kept = KeptValues();
  for (var at = 0; at < opaque(KEPT_WORDS); at++) {
    if (is_here(at / DIM)) { kept[at] = states[kept_word(run, at)]; }
  }
  return kept;
}

fn store_kept_values(run: u32, kept: ptr<function, Kept>) {
  for (var at = 0; at < opaque(KEPT_WORDS); at++) {
    if (is_here(at / DIM)) { states[kept_word(run, at)] = (*kept).values[at]; }
  }
}

// The values that keep_values wrote.
fn recorded_values(run: u32, slot: u32) -> Values {
  var words = array<f32, VALUE_WORDS>();
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { words[at] = bitcast<f32>(trajectories[recorded_value(run, slot, token_of(at / DIM), u32(at % DIM))]); }
  }
  return values_of(&words);
}
