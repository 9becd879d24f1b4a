// Exponential loss e^(−m) of the margin m = β·y.   Twin: src/reference/losses/exponential.ts

// log(−ℓ′(m)), −ℓ′ = e^(−m)
fn loss_log_rate(m: f32) -> f32 {
  return -m;
}

fn loss_value(y: Vector, beta: Aim) -> f32 {
  return exp(-dot_vectors(beta, y));
}

fn loss_gradient(y: Vector, beta: Aim) -> Vector {
  let slope = -exp(-dot_vectors(beta, y));
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = slope * beta[k];
  }
  return g;
}
