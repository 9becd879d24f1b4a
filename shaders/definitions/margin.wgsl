// A loss of one's own that sees the output through the margin m = β·y alone, from loss_of_margin and slope_of_margin, its dℓ/dm.
// Twin: src/reference/definitions/twins.ts
fn loss_value(y: Vector, beta: Aim) -> f32 {
  return loss_of_margin(dot_vectors(beta, y));
}

fn loss_gradient(y: Vector, beta: Aim) -> Vector {
  let slope = slope_of_margin(dot_vectors(beta, y));
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = slope * beta[k];
  }
  return g;
}
