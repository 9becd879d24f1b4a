// Square loss ½‖y − β‖².   Twin: src/reference/losses/square.ts
fn loss_value(y: Vector, beta: Aim) -> f32 {
  let g = loss_gradient(y, beta);
  return 0.5 * dot_vectors(g, g);
}

fn loss_gradient(y: Vector, beta: Aim) -> Vector {
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = y[k] - beta[k];
  }
  return g;
}
