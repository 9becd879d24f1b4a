// The answer is the most likely class, the largest entry of y.   Twin: src/reference/fragility.ts
fn ascent(y: Vector, aim: Aim) -> Vector {
  return loss_gradient(y, aim);
}

fn flips(y: Vector, changed: Vector, aim: Aim) -> bool {
  let largest = max_vector(y);
  var answer = Vector();
  for (var k = 0; k < COMPONENTS; k++) {
    answer[k] = select(LOWEST, changed[k], y[k] == largest && is_component(k));
  }
  return max_vector(changed) > max_vector(answer);
}
