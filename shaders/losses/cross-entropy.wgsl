// Cross-entropy −Σ q_k log softmax(y)_k to a target distribution q.   Twin: src/reference/losses/cross-entropy.ts
fn loss_value(y: Vector, q: Aim) -> f32 {
  let largest = max_vector(y);
  // Σ e^(y_k − max) − 1: one of the largest terms, each exactly 1, is left out, so that a small rest keeps its digits.
  var found = 0.0;
  var others = 0.0;
  var spread = 0.0; // Σ q_k (max − y_k)
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    let is_largest = y[k] == largest;
    found += select(0.0, 1.0, is_largest && is_component(k));
    others += select(exp(y[k] - largest), 0.0, is_largest || !is_component(k));
    spread += select(0.0, q[k] * (largest - y[k]), is_component(k));
  }
  others = components_sum(others) + (components_sum(found) - 1.0);
  return components_sum(spread) + select(log(1.0 + others), log_1p(min(others, 1.0)), others <= 1.0);
}

// softmax(y) − q
fn loss_gradient(y: Vector, q: Aim) -> Vector {
  let largest = max_vector(y);
  var g = Vector();
  var sum = 0.0;
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = exp(y[k] - largest);
    sum += select(0.0, g[k], is_component(k));
  }
  sum = components_sum(sum);
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = g[k] / sum - q[k];
  }
  return g;
}
