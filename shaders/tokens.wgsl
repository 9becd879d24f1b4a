// The state of a run, and sums over its tokens. Words:
//
// lane       one of the LANES invocations that share a run. They lie in one subgroup, or are a workgroup of their own: shaders/lanes/
// token      0 … n − 1. Tokens are dealt over the lanes of a run in turn: lane l holds tokens l, l + LANES, l + 2 LANES, …
// index      of a token on its lane: index i of lane l holds token_of(i) = i LANES + l. A lane's last index may hold no token: is_here(i)
// component  a coordinate of the output. shaders/values/ says which components and values a lane holds
//
// A sum over tokens is the same number on every lane, to the bit. Lanes exchange numbers only in shaders/lanes/, so formulas are the same
// for any number of lanes.
alias Tokens = array<f32, TOKENS>;           // one number a token that this lane holds
alias Vector = array<f32, COMPONENTS>;       // the output or its gradient, in the coordinates in which values are followed
alias Aim = array<f32, AIM_COMPONENTS>;      // what the loss compares the output with

struct State {
  attention: Tokens, // a
  values: Values,    // V
  outside: Tokens,   // where values are followed in fewer coordinates: squared norm of the part of v_i that never moves
  aim: Aim,
}

var<private> lane: u32;

fn token_of(i: i32) -> u32 {
  return u32(i) * LANES + lane;
}

// Whether index i holds a token on this lane.
fn is_here(i: i32) -> bool {
  return !PADDED || token_of(i) < ALL_TOKENS;
}

// Whether the condition holds on any lane.
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

const LOWEST = -0x1.fffffep127; // the lowest float32

fn max_tokens(x: Tokens) -> f32 {
  var largest = LOWEST;
  for (var i = 0; i < TOKENS; i++) { // unroll
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

// x over its sum; 0 where the sum is 0.
fn over_sum(x: Tokens, sum: f32) -> Tokens {
  let scale = select(1.0 / sum, 0.0, sum == 0.0);
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    p[i] = x[i] * scale;
  }
  return p;
}
