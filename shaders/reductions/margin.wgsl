// A loss that depends on y only through the margin β·y moves values only along β: one coordinate, β̂·v_i with β̂ = β/‖β‖; the aim is ‖β‖.
fn prepare(run: u32) {
  var square = 0.0;
  for (var k = lane; k < VALUE_DIM; k += LANES) {
    square += load_target(run, k) * load_target(run, k);
  }
  store_aim(run, 0u, sqrt(lanes_sum(square)));
}

fn basis(run: u32, row: u32, k: u32) -> f32 {
  let norm = states[STATE_AIM_AT * batch.stride + run];
  return select(load_target(run, k) / norm, 0.0, norm == 0.0);
}
