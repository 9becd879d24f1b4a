// No output is an answer.
fn ascent(y: Vector, aim: Aim) -> Vector {
  return loss_gradient(y, aim);
}

fn flips(y: Vector, changed: Vector, aim: Aim) -> bool {
  return false;
}
