// Sizes of a state: value norms and their median, largest entries, gradient norms.   Twin: src/reference/observables.ts
fn value_norms(s: ptr<function, State>) -> Tokens {
  var norms = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    norms[i] = sqrt(dot_vectors((*s).values[i], (*s).values[i]));
  }
  return norms;
}

// The entry of rank `rank` (from 0) among numbers that are not negative, bit by bit: as bits they are in their own order.
fn ranked(x: Tokens, rank: u32) -> f32 {
  var found = 0u;
  for (var bit = 0x40000000u; bit > 0u; bit >>= 1u) {
    var below = 0u;
    for (var i = 0; i < TOKENS; i++) { // unroll
      below += select(0u, 1u, bitcast<u32>(x[i]) < (found | bit));
    }
    if (below <= rank) { found |= bit; }
  }
  return bitcast<f32>(found);
}

fn median_of(x: Tokens) -> f32 {
  let upper = ranked(x, u32(TOKENS / 2));
  if (TOKENS % 2 == 1) { return upper; }
  return 0.5 * (ranked(x, u32(TOKENS / 2 - 1)) + upper);
}

// Largest less second largest.
fn gap_of(x: Tokens) -> f32 {
  var first = max(x[0], x[1]);
  var second = min(x[0], x[1]);
  for (var i = 2; i < TOKENS; i++) { // unroll
    second = max(second, min(first, x[i]));
    first = max(first, x[i]);
  }
  return first - second;
}

fn largest_value(s: ptr<function, State>) -> f32 {
  var largest = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      largest = max(largest, abs((*s).values[i][k]));
    }
  }
  return largest;
}

// x at a token that is not known beforehand.
fn at_token(x: Tokens, token: u32) -> f32 {
  var found = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (u32(i) == token) { found = x[i]; }
  }
  return found;
}

// What can be told of a state from its gradient.
struct Pull {
  alignments: Tokens, // −v_i·∇L
  values_gradient: f32, // ‖∂L/∂V‖ = ‖g‖·‖p‖
  logits_gradient: f32, // ‖∂L/∂a‖
}

fn pull_at(s: ptr<function, State>, p: Tokens, y: Vector) -> Pull {
  let g = loss_gradient(y, (*s).aim);
  let c = pull_of(s, g);
  let slope = normalizer_pullback((*s).logits, p, c);
  var alignments = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    alignments[i] = -c[i];
  }
  return Pull(alignments, sqrt(dot_vectors(g, g)) * sqrt(dot_tokens(p, p)), sqrt(dot_tokens(slope, slope)));
}

// One of the vectors that are kept of every run, by its place in VECTOR_… (The loop: see bindings.wgsl.)
fn store_vector(vector: u32, run: u32, x: Tokens) {
  var words = x;
  for (var i = 0; i < opaque(TOKENS); i++) {
    vectors[(vector * u32(TOKENS) + u32(i)) * batch.stride + run] = words[i];
  }
}

fn load_vector(vector: u32, run: u32) -> Tokens {
  var x = Tokens();
  for (var i = 0; i < opaque(TOKENS); i++) {
    x[i] = vectors[(vector * u32(TOKENS) + u32(i)) * batch.stride + run];
  }
  return x;
}

// Rank of a token by x, from 1: one more than how many are larger.
fn rank_of(x: Tokens, token: u32) -> u32 {
  let own = at_token(x, token);
  var rank = 1u;
  for (var i = 0; i < TOKENS; i++) { // unroll
    rank += select(0u, 1u, x[i] > own);
  }
  return rank;
}

// A run's row of results. (The loops: see bindings.wgsl.)
fn load_row(run: u32) -> array<u32, COLUMNS> {
  var row = array<u32, COLUMNS>();
  for (var column = 0; column < opaque(COLUMNS); column++) {
    row[column] = rows[u32(column) * batch.stride + run];
  }
  return row;
}

fn store_row(run: u32, row: ptr<function, array<u32, COLUMNS>>) {
  for (var column = 0; column < opaque(COLUMNS); column++) {
    rows[u32(column) * batch.stride + run] = (*row)[column];
  }
}
