// Sizes of a state: value norms and their median, largest entries, gradient norms.   Twin: src/reference/observables.ts
fn value_norms(s: ptr<function, State>) -> Tokens {
  var norms = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    norms[i] = sqrt(square_norm(s, i));
  }
  return norms;
}

// The entry of rank `rank` (from 0) among numbers that are not negative, found bit by bit: the bits of such numbers have their order.
fn ranked(x: Tokens, rank: u32) -> f32 {
  var found = 0u;
  for (var bit = 0x40000000u; bit > 0u; bit >>= 1u) {
    var below = 0.0;
    for (var i = 0; i < TOKENS; i++) { // unroll
      below += select(0.0, 1.0, bitcast<u32>(x[i]) < (found | bit) && is_here(i));
    }
    if (u32(lanes_sum(below)) <= rank) { found |= bit; }
  }
  return bitcast<f32>(found);
}

fn median_of(x: Tokens) -> f32 {
  let upper = ranked(x, ALL_TOKENS / 2u);
  if (ALL_TOKENS % 2u == 1u) { return upper; }
  return 0.5 * (ranked(x, ALL_TOKENS / 2u - 1u) + upper);
}

// Largest less second largest.
fn gap_of(x: Tokens) -> f32 {
  let first = max_tokens(x);
  let leading = lowest_of(x, first);
  var rest = x;
  for (var i = 0; i < TOKENS; i++) { // unroll
    rest[i] = select(x[i], -3.4e38, token_of(i) == leading);
  }
  return first - max_tokens(rest);
}

// Largest |V_ki|.
fn largest_value(run: u32, s: ptr<function, State>) -> f32 {
  var largest = Tokens();
  for (var i = 0; i < TOKENS; i++) {
    if (is_here(i)) { largest[i] = largest_entry(run, s, i); }
  }
  return max_tokens(largest);
}

// What follows from the gradient of the loss at a state.
struct Pull {
  alignments: Tokens, // −v_i·∇L
  values_gradient: f32, // ‖∂L/∂V‖
  logits_gradient: f32, // ‖∂L/∂a‖
}

// At a state with these logits, weights and output.
fn pull_at(s: ptr<function, State>, z: Tokens, p: Tokens, y: Vector) -> Pull {
  let g = loss_gradient(y, (*s).aim);
  let c = pull_of(s, g);
  var alignments = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    alignments[i] = -c[i];
  }
  let norms = gradient_norms(s, z, p, g, c);
  return Pull(alignments, norms.x, norms.y);
}

// One of the vectors that are kept of every run: VECTOR_…. (The loops: see `opaque` in bindings.wgsl.)
fn store_vector(vector: u32, run: u32, x: Tokens) {
  var words = x;
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) { vectors[(vector * ALL_TOKENS + token_of(i)) * batch.stride + run] = words[i]; }
  }
}

fn load_vector(vector: u32, run: u32) -> Tokens {
  var x = Tokens();
  for (var i = 0; i < opaque(TOKENS); i++) {
    x[i] = vectors[(vector * ALL_TOKENS + token_of(i)) * batch.stride + run];
  }
  return x;
}

// Rank of a token by x, from 1: one more than the number of larger entries.
fn rank_of(x: Tokens, token: u32) -> u32 {
  let own = at_token(x, token);
  var above = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    above[i] = select(0.0, 1.0, x[i] > own);
  }
  return 1u + u32(sum_tokens(above));
}

// A run's row of results: a word a column, COLUMN_…. (The loops: see `opaque` in bindings.wgsl.)
alias Row = array<u32, COLUMNS>;

// The columns of the start, and those that the flow sets on its way; the others are absent.
fn load_start(run: u32) -> Row {
  var row = ABSENT_ROW;
  var at_start = STARTS;
  for (var column = 0; column < opaque(COLUMNS); column++) {
    if (at_start[column]) { row[column] = rows[u32(column) * batch.stride + run]; }
  }
  return row;
}

fn store_row(run: u32, row: ptr<function, Row>) {
  if (lane != 0u) { return; }
  for (var column = 0; column < opaque(COLUMNS); column++) {
    rows[u32(column) * batch.stride + run] = (*row)[column];
  }
}
