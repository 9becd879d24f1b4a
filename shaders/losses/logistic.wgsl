// Logistic loss log(1 + e^(−m)) of the margin m = β·y.   Twin: src/reference/losses/logistic.ts

// log(−ℓ′(m)), −ℓ′ = 1/(1 + eᵐ)
fn loss_log_rate(m: f32) -> f32 {
  return -softplus(m);
}

fn loss_value(y: Vector, beta: Aim) -> f32 {
  return softplus(-dot_vectors(beta, y));
}

fn loss_gradient(y: Vector, beta: Aim) -> Vector {
  // 1/(1 + eᵐ), never 1 − σ(m), which loses digits late in a run. Beyond m = 88 it is below float32's least normal number, and eᵐ overflows.
  let slope = -1.0 / (1.0 + exp(min(dot_vectors(beta, y), 88.0)));
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = slope * beta[k];
  }
  return g;
}
