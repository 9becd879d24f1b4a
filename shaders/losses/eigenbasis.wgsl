// Regression where X is diagonal: Σ s_k² (y_k − y*_k)² + the minimum of the loss, which is the aim's last entry. (The square multiplied
// out could become negative where it is small.)   Twin: src/reference/losses/regression.ts, of X itself
fn loss_value(y: Vector, aim: Aim) -> f32 {
  var sum = 0.0;
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    let r = design_word(BASE_SINGULAR_AT + min(component_of(k), u32(DIM) - 1u)) * (y[k] - aim[k]);
    sum += select(0.0, r * r, is_component(k));
  }
  return components_sum(sum) + aim[COMPONENTS];
}

fn loss_gradient(y: Vector, aim: Aim) -> Vector {
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    let s = design_word(BASE_SINGULAR_AT + min(component_of(k), u32(DIM) - 1u));
    g[k] = 2.0 * s * s * (y[k] - aim[k]);
  }
  return g;
}
