// Fragility where the coordinates of values are their components.
fn random_direction(run: u32, token: u32) -> Vector {
  var u = Vector();
  for (var c = 0; c < opaque(COMPONENTS); c++) {
    if (is_component(c)) { u[c] = draw(PURPOSE_NUDGE, run, token, component_of(c)); }
  }
  return unit_vector(u);
}

// Nothing lies outside of the coordinates.
fn outside_square(run: u32, w: Tokens) -> f32 {
  return 0.0;
}

// V_ki as it is stored.
fn stored_component(run: u32, token: u32, k: u32) -> f32 {
  return states[value_word(run, token, k)];
}
