// What a run's state is made of, and sums over its tokens. The tokens of a run are dealt over its lanes, in turn: lane l holds
// l, l + LANES, … . What belongs to tokens is spread like them; vectors, and every sum, each lane has whole. All that crosses
// lanes goes through shaders/lanes/, so the formulas are the same for any number of them.
alias Tokens = array<f32, TOKENS>;              // one number a token that this lane holds
alias Vector = array<f32, DIM>;                 // the output, its gradient, in the coordinates that are followed
alias Aim = array<f32, AIM_LENGTH>;             // what the loss compares the output with
alias Values = array<array<f32, DIM>, TOKENS>;  // v_i, the columns of V

struct State {
  logits: Tokens,
  values: Values,
  outside: Tokens, // where values are followed in fewer coordinates: squared norm of the part of v_i that never moves
  aim: Aim,
}

var<private> lane: u32;

fn token_of(i: i32) -> u32 {
  return u32(i) * LANES + lane;
}

// Where tokens do not divide by lanes, a lane's last place may hold none. (Its first always holds one.)
fn is_here(i: i32) -> bool {
  return !PADDED || token_of(i) < ALL_TOKENS;
}

// Whether it is so on any lane.
fn lanes_any(condition: bool) -> bool {
  return agreed(lanes_max(select(0.0, 1.0, condition)) > 0.0);
}

fn sum_tokens(x: Tokens) -> f32 {
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    sum += select(0.0, x[i], is_here(i));
  }
  return lanes_sum(sum);
}

fn max_tokens(x: Tokens) -> f32 {
  var largest = x[0];
  for (var i = 1; i < TOKENS; i++) { // unroll
    largest = select(largest, max(largest, x[i]), is_here(i));
  }
  return lanes_max(largest);
}

// This lane's part of x·y.
fn part_of_dot(x: Tokens, y: Tokens) -> f32 {
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    sum += select(0.0, x[i] * y[i], is_here(i));
  }
  return sum;
}

fn dot_tokens(x: Tokens, y: Tokens) -> f32 {
  return lanes_sum(part_of_dot(x, y));
}

fn abs_tokens(x: Tokens) -> Tokens {
  var magnitudes = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    magnitudes[i] = abs(x[i]);
  }
  return magnitudes;
}

// x over its sum; 0 where the sum is.
fn over_sum(x: Tokens, sum: f32) -> Tokens {
  let scale = select(1.0 / sum, 0.0, sum == 0.0);
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    p[i] = x[i] * scale;
  }
  return p;
}

fn max_vector(x: Vector) -> f32 {
  var largest = x[0];
  for (var k = 1; k < DIM; k++) { // unroll
    largest = max(largest, x[k]);
  }
  return largest;
}

fn dot_vectors(x: Vector, y: Vector) -> f32 {
  var sum = 0.0;
  for (var k = 0; k < DIM; k++) { // unroll
    sum += x[k] * y[k];
  }
  return sum;
}

// This lane's part of y = V p.
fn part_of_output(s: ptr<function, State>, p: Tokens) -> Vector {
  var y = Vector();
  for (var i = 0; i < TOKENS; i++) { // unroll
    let weight = select(0.0, p[i], is_here(i));
    for (var k = 0; k < DIM; k++) { // unroll
      y[k] += weight * (*s).values[i][k];
    }
  }
  return y;
}

// y = V p
fn output_of(s: ptr<function, State>, p: Tokens) -> Vector {
  return lanes_sum_vector(part_of_output(s, p));
}

// Vᵀ g
fn pull_of(s: ptr<function, State>, g: Vector) -> Tokens {
  var c = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      c[i] += (*s).values[i][k] * g[k];
    }
  }
  return c;
}
