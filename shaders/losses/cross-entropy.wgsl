// Cross-entropy −Σ q_k log softmax(y)_k to a target distribution q.   Twin: src/reference/losses/cross-entropy.ts
fn loss_value(y: Vector, q: Aim) -> f32 {
  let largest = max_vector(y);
  var others = 0.0; // Σ e^(y_k − max) − 1: the largest term is 1 exactly, and is left out so that a small rest keeps its digits
  var seen = false;
  var spread = 0.0; // Σ q_k (max − y_k)
  for (var k = 0; k < DIM; k++) { // unroll
    let is_first = y[k] == largest && !seen;
    seen |= is_first;
    others += select(exp(y[k] - largest), 0.0, is_first);
    spread += q[k] * (largest - y[k]);
  }
  return spread + select(log(1.0 + others), log_1p(min(others, 1.0)), others <= 1.0);
}

// softmax(y) − q
fn loss_gradient(y: Vector, q: Aim) -> Vector {
  let largest = max_vector(y);
  var g = Vector();
  var sum = 0.0;
  for (var k = 0; k < DIM; k++) { // unroll
    g[k] = exp(y[k] - largest);
    sum += g[k];
  }
  for (var k = 0; k < DIM; k++) { // unroll
    g[k] = g[k] / sum - q[k];
  }
  return g;
}
