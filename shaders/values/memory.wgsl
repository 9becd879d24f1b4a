// Values in memory: a run has a workgroup, and both tokens and components are dealt over its lanes. V stays in `states`, token by token,
// and is read where it is needed. The board is memory of the workgroup on which lanes show all others the numbers that they hold.
struct Values {
  at: u32,        // first word of V
  recorded: bool, // in a trajectory, not among the states
}
alias Parcel = array<f32, PARCEL>; // a number for each term of every stage

var<workgroup> board: array<f32, BOARD>;
const SHOWN = i32(BOARD / LANES);      // how many numbers of every lane the board holds
const VALUE_LANES = select(1u, SUBGROUP_LANES, u32(DIM) >= 4u * SUBGROUP_LANES); // lanes that read a value together; 1 if it is short
const SHARERS = LANES / ACROSS;        // lanes that share a coordinate, where there are fewer coordinates than lanes

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

fn value_at(v: Values, token: u32, k: u32) -> f32 {
  let at = token * u32(DIM) + k;
  if (v.recorded) { return bitcast<f32>(trajectories[v.at + at * batch.recorded]); }
  return states[v.at + at];
}

// Shows SHOWN numbers of every lane on the board, from index `first` on, when all lanes have read what was there.
fn show_tokens(x: Tokens, first: i32) {
  workgroupBarrier();
  for (var i = first; i < min(first + SHOWN, TOKENS); i++) {
    board[u32(i - first) * LANES + lane] = x[i];
  }
  workgroupBarrier();
}

fn show_vector(x: Vector, first: i32) {
  workgroupBarrier();
  for (var k = first; k < min(first + SHOWN, COMPONENTS); k++) {
    board[u32(k - first) * LANES + lane] = x[k];
  }
  workgroupBarrier();
}

// V w
fn output_of(s: ptr<function, State>, w: Tokens) -> Vector {
  let v = (*s).values;
  var y = Vector();
  for (var first = 0; first < TOKENS; first += SHOWN) {
    show_tokens(w, first);
    let origin = u32(first) * LANES;
    let end = min(u32(SHOWN) * LANES, ALL_TOKENS - origin);
    for (var c = 0; c < COMPONENTS; c++) {
      let k = u32(c) * LANES + lane % ACROSS;
      if (k < u32(DIM)) {
        var sum = y[c];
        for (var token = lane / ACROSS; token < end; token += SHARERS) {
          sum += board[token] * value_at(v, origin + token, k);
        }
        y[c] = sum;
      }
    }
  }
  if (SHARERS > 1u) { y[0] = sum_of_sharers(y[0]); }
  return y;
}

fn sum_of_sharers(part: f32) -> f32 {
  workgroupBarrier();
  board[lane] = part;
  workgroupBarrier();
  var sum = 0.0;
  for (var sharer = 0u; sharer < SHARERS; sharer++) {
    sum += board[sharer * ACROSS + lane % ACROSS];
  }
  return sum;
}

// VALUE_LANES lanes read the values of their tokens together, one token after another. The token at index i of lane `member` of them.
fn token_of_member(i: i32, member: u32) -> u32 {
  return u32(i) * LANES + lane - lane % VALUE_LANES + member;
}

// The sum over these lanes, for lane `member`; 0 for the others.
fn own_sum(sum: f32, member: u32) -> f32 {
  if (VALUE_LANES == 1u) { return sum; }
  return select(0.0, subgroup_sum(sum), member == lane % VALUE_LANES);
}

// Vᵀx
fn pull_of(s: ptr<function, State>, x: Vector) -> Tokens {
  let v = (*s).values;
  var c = Tokens();
  for (var first = 0; first < COMPONENTS; first += SHOWN) {
    show_vector(x, first);
    let origin = u32(first) * LANES;
    let end = min(u32(SHOWN) * LANES, u32(DIM) - origin);
    for (var i = 0; i < TOKENS; i++) {
      for (var member = 0u; member < VALUE_LANES; member++) {
        let token = token_of_member(i, member);
        var sum = 0.0;
        if (token < ALL_TOKENS) {
          for (var k = lane % VALUE_LANES; k < end; k += VALUE_LANES) {
            sum += board[k] * value_at(v, token, origin + k);
          }
        }
        c[i] += own_sum(sum, member);
      }
    }
  }
  return c;
}

// ‖v_i‖² in these coordinates
fn moving_square(s: ptr<function, State>, i: i32) -> f32 {
  let v = (*s).values;
  var square = 0.0;
  for (var member = 0u; member < VALUE_LANES; member++) {
    let token = token_of_member(i, member);
    var sum = 0.0;
    if (token < ALL_TOKENS) {
      for (var k = lane % VALUE_LANES; k < u32(DIM); k += VALUE_LANES) {
        let x = value_at(v, token, k);
        sum += x * x;
      }
    }
    square += own_sum(sum, member);
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
      if (column < TILE) { board[u32(j * TERMS + t) * TILE + column] = (*stages)[j].x[t][c]; }
    }
  }
  workgroupBarrier();
}

// The sum over all terms of a column of the board, times these factors.
fn sum_of_terms(factors: Parcel, column: u32) -> f32 {
  var sum = 0.0;
  for (var at = 0; at < PARCEL; at++) { // unroll
    sum += factors[at] * board[u32(at) * TILE + column];
  }
  return sum;
}

// x of all terms, for the coordinate at index c of this lane.
fn gradients_at(stages: ptr<function, Stages>, c: i32) -> Parcel {
  var x = Parcel();
  if (SHARERS > 1u) { show_gradients(stages, 0u); }
  for (var j = 0; j < STAGES; j++) { // unroll
    for (var t = 0; t < TERMS; t++) { // unroll
      if (SHARERS > 1u) {
        x[j * TERMS + t] = board[u32(j * TERMS + t) * TILE + lane % ACROSS];
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
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) {
    let scale = CONVERGED_ATOL + CONVERGED_RTOL * value_size(s, i);
    let end = select(0u, u32(DIM), is_here(i));
    for (var k = 0u; k < end; k++) {
      let now = coordinate(s, i, k);
      let at = (*kept).values + token_of(i) * u32(DIM) + k;
      let scaled = (now - states[at]) / scale;
      sum += scaled * scaled;
      states[at] = now;
    }
  }
  return sum;
}

// The values that keep_values wrote.
fn recorded_values(run: u32, slot: u32) -> Values {
  return Values(recorded_value(run, slot, 0u, 0u), true);
}
