// What a run's state is made of, and sums over its tokens. One invocation holds all tokens of a run.
alias Tokens = array<f32, TOKENS>;              // one number a token
alias Vector = array<f32, DIM>;                 // the output, its gradient
alias Target = array<f32, TARGET_LENGTH>;       // what the loss compares the output with: one number a component, or a sample
alias Values = array<array<f32, DIM>, TOKENS>;  // v_i, the columns of V

struct State {
  logits: Tokens,
  values: Values,
  aim: Target,
}

fn sum_tokens(x: Tokens) -> f32 {
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    sum += x[i];
  }
  return sum;
}

fn max_tokens(x: Tokens) -> f32 {
  var largest = x[0];
  for (var i = 1; i < TOKENS; i++) { // unroll
    largest = max(largest, x[i]);
  }
  return largest;
}

fn dot_tokens(x: Tokens, y: Tokens) -> f32 {
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    sum += x[i] * y[i];
  }
  return sum;
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

// y = V p
fn output_of(s: ptr<function, State>, p: Tokens) -> Vector {
  var y = Vector();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      y[k] += p[i] * (*s).values[i][k];
    }
  }
  return y;
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
