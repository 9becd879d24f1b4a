// The answer is the sign of β·y, and a direction in which no loss falls is ∇L(y).   Twin: src/reference/fragility.ts
fn ascent(y: Vector, beta: Aim) -> Vector {
  if (IS_MARGIN) { return scaled(beta, -1.0); } // the slope of a loss of the margin, −ℓ′, may be below float32's range
  return loss_gradient(y, beta);
}

fn flips(y: Vector, changed: Vector, beta: Aim) -> bool {
  let before = dot_vectors(beta, y);
  let after = dot_vectors(beta, changed);
  return (before > 0.0) != (after > 0.0);
}
