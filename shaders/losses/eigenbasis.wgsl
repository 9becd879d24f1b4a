// Regression where X is diagonal: Σ s_k² (y_k − y*_k)² + the least loss, which the aim holds last. (The square multiplied out
// would be negative where it is small.)   Twin: src/reference/losses/regression.ts, of X itself
fn loss_value(y: Vector, aim: Aim) -> f32 {
  var sum = aim[DIM];
  for (var k = 0; k < DIM; k++) { // unroll
    let r = base[BASE_SINGULAR_AT + k] * (y[k] - aim[k]);
    sum += r * r;
  }
  return sum;
}

fn loss_gradient(y: Vector, aim: Aim) -> Vector {
  var g = Vector();
  for (var k = 0; k < DIM; k++) { // unroll
    let s = base[BASE_SINGULAR_AT + k];
    g[k] = 2.0 * s * s * (y[k] - aim[k]);
  }
  return g;
}
