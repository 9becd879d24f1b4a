// Fragility where values are followed in fewer coordinates (shaders/reductions/): what lies outside is drawn again.

// A random direction among all components, in these coordinates.
fn random_direction(run: u32, token: u32) -> Vector {
  var u = Vector();
  var square = 0.0;
  for (var k = 0u; k < VALUE_DIM; k++) {
    let x = draw(PURPOSE_NUDGE, run, token, k);
    square += x * x;
    for (var c = 0; c < COMPONENTS; c++) {
      if (is_component(c)) { u[c] += x * basis(run, component_of(c), k); }
    }
  }
  return scaled(u, 1.0 / sqrt(square));
}

// Squared norm of the part of V w that lies outside.
fn outside_square(run: u32, w: Tokens) -> f32 {
  var weights = w;
  var square = 0.0;
  for (var k = 0u; k < VALUE_DIM; k++) {
    var part = 0.0;
    for (var i = 0; i < opaque(TOKENS); i++) {
      if (is_here(i)) {
        let token = token_of(i);
        var rest = draw_value(run, token, k);
        for (var row = 0u; row < u32(DIM); row++) {
          rest -= basis(run, row, k) * states[first_word(run, token, row)];
        }
        part += weights[i] * rest;
      }
    }
    let x = lanes_sum(part);
    square += x * x;
  }
  return square;
}

// V_ki, from what is stored of v_i.
fn stored_component(run: u32, token: u32, k: u32) -> f32 {
  var v = draw_value(run, token, k);
  for (var row = 0u; row < u32(DIM); row++) {
    v += basis(run, row, k) * (states[value_word(run, token, row)] - states[first_word(run, token, row)]);
  }
  return v;
}
