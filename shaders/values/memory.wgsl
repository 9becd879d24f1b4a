// Values in memory: a run has a workgroup, and both tokens and components are dealt over its lanes. V stays in `states`, token by token,
// and is read where it is needed. The board is memory of the workgroup on which lanes show all others the numbers that they hold.
struct Values {
  at: u32,        // first word of V
  recorded: bool, // in a trajectory, not among the states
}
alias Parcel = array<f32, PARCEL>; // a number for each term of every stage

// Numbers are read by fours, and FLIGHT fours before the first of them is used: a lane that waits for memory once a number does little else.
var<workgroup> board: array<vec4f, BOARD / 4u>;
const SHOWN = i32(BOARD / LANES);      // how many numbers of every lane the board holds
const SHARERS = LANES / ACROSS;        // lanes that share a coordinate, where there are fewer coordinates than lanes
const SPAN = 4u * FLIGHT * SHARERS;    // tokens that they take in a round
const RAGGED = ALL_TOKENS % SPAN != 0u; // whether the last round has fewer
const HELD = u32(SHOWN) * LANES;       // numbers that the board holds
const TOKEN_PARTS = (TOKENS + SHOWN - 1) / SHOWN; // how often it is filled to show a number of every token
const TOKEN_ROUNDS = (min(HELD, ALL_TOKENS) + SPAN - 1u) / SPAN;
const TILE_ROUNDS = (TILE + SPAN - 1u) / SPAN;
const VECTOR_PARTS = (COMPONENTS + SHOWN - 1) / SHOWN; // the same of a vector
// VALUE_LANES lanes read the values of their tokens together, a coordinate each, so that they read words beside each other; of MEMBERS fours of tokens at once.
const MEMBER_ROUNDS = VALUE_LANES / (4u * u32(MEMBERS));
const VALUE_ROUNDS = (min(HELD, u32(DIM)) + VALUE_LANES - 1u) / VALUE_LANES;

// n, without a compiler knowing it: bodies that read so much at once are long enough as they are.
fn rounds(n: u32) -> u32 {
  return u32(opaque(i32(n)));
}

fn component_of(k: i32) -> u32 {
  return u32(k) * LANES + lane;
}

fn is_component(k: i32) -> bool {
  return component_of(k) < u32(DIM);
}

// Whether this lane is the one that stores component k.
fn is_own_component(k: i32) -> bool {
  return is_component(k);
}

fn components_sum(x: f32) -> f32 {
  return lanes_sum(x);
}

fn components_max(x: f32) -> f32 {
  return lanes_max(x);
}

// x of tokens as a vector, and the other way: token k and component k are on the same lane, at the same index.
fn as_vector(x: Tokens) -> Vector {
  var out = Vector();
  for (var k = 0; k < min(TOKENS, COMPONENTS); k++) {
    out[k] = x[k];
  }
  return out;
}

fn as_tokens(x: Vector) -> Tokens {
  var out = Tokens();
  for (var i = 0; i < min(TOKENS, COMPONENTS); i++) {
    out[i] = x[i];
  }
  return out;
}

// Coordinate k of four tokens; of the last token in place of those behind it, where there may be such.
fn four_tokens(v: Values, token: u32, k: u32, may_end: bool) -> vec4f {
  if (v.recorded) { return four_recorded(v, four_words(0u, token, k, may_end)); }
  return four_states(four_words(v.at, token, k, may_end));
}

fn four_recorded(v: Values, at: vec4u) -> vec4f {
  let words = v.at + at * batch.recorded;
  return bitcast<vec4f>(vec4u(trajectories[words.x], trajectories[words.y], trajectories[words.z], trajectories[words.w]));
}

// Their words in an array of one number a value that begins at `at`.
fn four_words(at: u32, token: u32, k: u32, may_end: bool) -> vec4u {
  if (may_end) { return at + min(token + vec4u(0u, 1u, 2u, 3u), vec4u(ALL_TOKENS - 1u)) * u32(DIM) + k; }
  return (at + token * u32(DIM) + k) + vec4u(0u, u32(DIM), 2u * u32(DIM), 3u * u32(DIM));
}

fn four_states(words: vec4u) -> vec4f {
  return vec4f(states[words.x], states[words.y], states[words.z], states[words.w]);
}

// Writes those of four numbers that are of a token, the first `count`.
fn store_four(words: vec4u, x: vec4f, count: u32) {
  for (var j = 0; j < 4; j++) { // unroll
    if (!RAGGED || u32(j) < count) { states[words[j]] = x[j]; }
  }
}

fn value_at(v: Values, token: u32, k: u32) -> f32 {
  let at = token * u32(DIM) + k;
  if (v.recorded) { return bitcast<f32>(trajectories[v.at + at * batch.recorded]); }
  return states[v.at + at];
}

// The first `count` of four numbers, and zeros.
fn first_of(x: vec4f, count: u32) -> vec4f {
  return select(vec4f(), x, vec4u(0u, 1u, 2u, 3u) < vec4u(count));
}

fn sum_of_four(x: vec4f) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}

// In a round, a lane takes FLIGHT fours of tokens. The number of one of them, whose first token is 4 times that.
fn four_in(round: u32, f: i32) -> u32 {
  return FLIGHT * (round * SHARERS + lane / ACROSS) + u32(f);
}

// How many of four tokens are before `end`, at most 4 where that may be less.
fn count_of(four: u32, end: u32) -> u32 {
  return max(end, 4u * four) - 4u * four;
}

fn show(at: u32, x: f32) {
  board[at / 4u][at % 4u] = x;
}

fn shown(at: u32) -> f32 {
  return board[at / 4u][at % 4u];
}

// Shows SHOWN numbers of every lane on the board, from index `first` on, when all lanes have read what was there.
fn show_tokens(x: Tokens, first: i32) {
  workgroupBarrier();
  for (var i = first; i < min(first + SHOWN, TOKENS); i++) {
    show(u32(i - first) * LANES + lane, x[i]);
  }
  workgroupBarrier();
}

fn show_vector(x: Vector, first: i32) {
  workgroupBarrier();
  for (var k = first; k < min(first + SHOWN, COMPONENTS); k++) {
    show(u32(k - first) * LANES + lane, x[k]);
  }
  workgroupBarrier();
}

// V w
fn output_of(s: ptr<function, State>, w: Tokens) -> Vector {
  let v = (*s).values;
  var y = Vector();
  for (var part = 0; part < TOKEN_PARTS; part++) {
    show_tokens(w, part * SHOWN);
    let origin = u32(part) * HELD;
    let end = min(HELD, ALL_TOKENS - origin);
    for (var c = 0; c < COMPONENTS; c++) {
      let k = u32(c) * LANES + lane % ACROSS;
      if (k < u32(DIM)) {
        var sums = array<vec4f, FLIGHT>();
        for (var round = 0u; round < rounds(TOKEN_ROUNDS); round++) {
          if (4u * four_in(round, 0) >= end) { break; }
          for (var f = 0; f < FLIGHT; f++) { // unroll
            let four = four_in(round, f);
            var products = board[four] * four_tokens(v, origin + 4u * four, k, RAGGED);
            if (RAGGED) { products = first_of(products, count_of(four, end)); }
            sums[f] += products;
          }
        }
        for (var f = 0; f < FLIGHT; f++) { // unroll
          y[c] += sum_of_four(sums[f]);
        }
      }
    }
  }
  if (SHARERS > 1u) { y[0] = sum_of_sharers(y[0]); }
  return y;
}

fn sum_of_sharers(part: f32) -> f32 {
  workgroupBarrier();
  show(lane, part);
  workgroupBarrier();
  var sum = 0.0;
  for (var sharer = 0u; sharer < SHARERS; sharer++) {
    sum += shown(sharer * ACROSS + lane % ACROSS);
  }
  return sum;
}

// The token at index i of lane `member` of those that read values with this one.
fn token_of_member(i: i32, member: u32) -> u32 {
  return u32(i) * LANES + lane - lane % VALUE_LANES + member;
}

// `sum`, and for the lanes `member` to `member` + 3 in its place the sums over all these lanes, of a number each.
fn own_sum(sum: f32, x: vec4f, member: u32) -> f32 {
  return select(sum, subgroup_sums(x), lane % VALUE_LANES - lane % 4u == member);
}

// The dot product of the value at index i with what the board shows, which are the coordinates from `origin` on; or with itself.
fn value_dot(v: Values, i: i32, origin: u32, with_itself: bool) -> f32 {
  let end = min(HELD, u32(DIM) - origin);
  var sum = 0.0;
  if (VALUE_LANES == 1u) {
    for (var k = 0u; k < select(0u, end, is_here(i)); k++) {
      let value = value_at(v, token_of(i), origin + k);
      sum += value * select(shown(k), value, with_itself);
    }
  } else {
    for (var round = 0u; round < rounds(MEMBER_ROUNDS); round++) {
      let member = 4u * u32(MEMBERS) * round;
      let token = token_of_member(i, member);
      if (PADDED && token >= ALL_TOKENS) { break; }
      var sums = array<vec4f, MEMBERS>();
      for (var at = 0u; at < rounds(VALUE_ROUNDS); at++) {
        let k = at * VALUE_LANES + lane % VALUE_LANES;
        if (k >= end) { break; }
        let x = vec4f(shown(k));
        for (var f = 0; f < MEMBERS; f++) { // unroll
          let value = four_tokens(v, token + 4u * u32(f), origin + k, PADDED);
          sums[f] += value * select(x, value, with_itself);
        }
      }
      for (var f = 0; f < MEMBERS; f++) { // unroll
        sum = own_sum(sum, sums[f], member + 4u * u32(f));
      }
    }
  }
  return select(0.0, sum, is_here(i));
}

// Vᵀx
fn pull_of(s: ptr<function, State>, x: Vector) -> Tokens {
  var c = Tokens();
  for (var part = 0; part < VECTOR_PARTS; part++) {
    show_vector(x, part * SHOWN);
    for (var i = 0; i < TOKENS; i++) {
      c[i] += value_dot((*s).values, i, u32(part) * HELD, false);
    }
  }
  return c;
}

// ‖v_i‖² in these coordinates
fn moving_square(s: ptr<function, State>, i: i32) -> f32 {
  var square = 0.0;
  for (var part = 0; part < VECTOR_PARTS; part++) {
    square += value_dot((*s).values, i, u32(part) * HELD, true);
  }
  return square;
}

fn coordinate(s: ptr<function, State>, i: i32, k: u32) -> f32 {
  return value_at((*s).values, token_of(i), k);
}

// Shows x of all terms on the board, for TILE coordinates from `first` on.
fn show_gradients(stages: ptr<function, Stages>, first: u32) {
  let c = first / LANES;
  let column = lane - first % LANES;
  workgroupBarrier();
  for (var j = 0; j < STAGES; j++) { // unroll
    for (var t = 0; t < TERMS; t++) { // unroll
      if (column < TILE) { show(u32(j * TERMS + t) * TILE + column, select(0.0, (*stages)[j].x[t][c], is_component(i32(c)))); }
    }
  }
  workgroupBarrier();
}

// The sums over all terms of the columns 4·four … 4·four + 3 of the board, times these factors.
fn sums_of_terms(factors: Parcel, four: u32) -> vec4f {
  var sums = vec4f();
  for (var at = 0; at < PARCEL; at++) { // unroll
    sums += factors[at] * board[u32(at) * (TILE / 4u) + four];
  }
  return sums;
}

// x of all terms, for the coordinate at index c of this lane.
fn gradients_at(stages: ptr<function, Stages>, c: i32) -> Parcel {
  var x = Parcel();
  if (SHARERS > 1u) { show_gradients(stages, 0u); }
  for (var j = 0; j < STAGES; j++) { // unroll
    for (var t = 0; t < TERMS; t++) { // unroll
      if (SHARERS > 1u) {
        x[j * TERMS + t] = shown(u32(j * TERMS + t) * TILE + lane % ACROSS);
      } else {
        x[j * TERMS + t] = (*stages)[j].x[t][c];
      }
    }
  }
  return x;
}

// The place of values in buffers, [run][token][coordinate].
fn value_word(run: u32, token: u32, k: u32) -> u32 {
  return STATE_VALUES_AT * batch.stride + (run * ALL_TOKENS + token) * u32(DIM) + k;
}

fn load_values(run: u32) -> Values {
  return Values(value_word(run, 0u, 0u), false);
}

fn store_values(run: u32, s: ptr<function, State>) {}

// The values that the test for convergence compares with: the word where they begin.
alias KeptValues = u32;

fn load_kept_values(run: u32) -> KeptValues {
  return STATE_KEPT_VALUES_AT * batch.stride + run * ALL_TOKENS * u32(DIM);
}

fn store_kept_values(run: u32, kept: ptr<function, Kept>) {}

// Σ (change from the kept value / scale)² over this lane's values. Keeps the new values.
fn moved_since(s: ptr<function, State>, kept: ptr<function, Kept>) -> f32 {
  var factors = Tokens();
  for (var i = 0; i < TOKENS; i++) {
    factors[i] = 1.0 / (CONVERGED_ATOL + CONVERGED_RTOL * value_size(s, i));
  }
  var sums = vec4f();
  for (var part = 0; part < TOKEN_PARTS; part++) {
    show_tokens(factors, part * SHOWN);
    let origin = u32(part) * HELD;
    for (var c = 0; c < COMPONENTS; c++) {
      let k = u32(c) * LANES + lane % ACROSS;
      let end = select(0u, min(HELD, ALL_TOKENS - origin), k < u32(DIM));
      for (var round = 0u; round < rounds(TOKEN_ROUNDS); round++) {
        if (4u * four_in(round, 0) >= end) { break; }
        var now = array<vec4f, FLIGHT>();
        var before = array<vec4f, FLIGHT>();
        for (var f = 0; f < FLIGHT; f++) { // unroll
          let token = origin + 4u * four_in(round, f);
          now[f] = four_tokens((*s).values, token, k, RAGGED);
          before[f] = four_states(four_words((*kept).values, token, k, RAGGED));
        }
        for (var f = 0; f < FLIGHT; f++) { // unroll
          let four = four_in(round, f);
          var scaled = board[four] * (now[f] - before[f]);
          if (RAGGED) { scaled = first_of(scaled, count_of(four, end)); }
          sums += scaled * scaled;
          store_four(four_words((*kept).values, origin + 4u * four, k, false), now[f], count_of(four, end));
        }
      }
    }
  }
  return sum_of_four(sums);
}

// The values that keep_values wrote.
fn recorded_values(run: u32, slot: u32) -> Values {
  return Values(recorded_value(run, slot, 0u, 0u), true);
}
