// No reduction: the coordinates of values are their components, and the loss's aim is the target.
fn prepare(run: u32) {
  for (var k = lane; k < u32(AIM_LENGTH); k += LANES) {
    store_aim(run, k, load_target(run, k));
  }
}

// Draws v_i; returns ‖v_i‖².
fn initial_value(run: u32, token: u32) -> f32 {
  var square = 0.0;
  for (var k = 0u; k < VALUE_DIM; k++) {
    let v = draw_value(run, token, k);
    store_coordinate(run, token, k, v);
    square += v * v;
  }
  return square;
}

// Largest |V_ki| of a token.
fn largest_entry(run: u32, s: ptr<function, State>, i: i32) -> f32 {
  var largest = 0.0;
  for (var k = 0u; k < u32(DIM); k++) {
    largest = max(largest, abs(coordinate(s, i, k)));
  }
  return largest;
}
