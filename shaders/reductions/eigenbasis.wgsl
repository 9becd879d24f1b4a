// Regression in the eigenbasis of XᵀX, the same for all runs of a batch: rows of Q are the right singular vectors of X. The aim is
// y* = S⁻¹Uᵀb, followed by the minimum of the loss, ‖b − UUᵀb‖².
fn prepare(run: u32) {
  for (var row = 0u; row < u32(DIM); row++) {
    var y = 0.0;
    for (var sample = lane; sample < TARGET_LENGTH; sample += LANES) {
      y += left(row, sample) * load_target(run, sample);
    }
    store_aim(run, row, lanes_sum(y) / design_word(BASE_SINGULAR_AT + row)); // by every lane, which reads its own below
  }
  var minimum = 0.0;
  for (var sample = lane; sample < TARGET_LENGTH; sample += LANES) {
    var rest = load_target(run, sample);
    for (var row = 0u; row < u32(DIM); row++) {
      rest -= left(row, sample) * design_word(BASE_SINGULAR_AT + row) * states[(STATE_AIM_AT + row) * batch.stride + run];
    }
    minimum += rest * rest;
  }
  store_aim(run, u32(DIM), lanes_sum(minimum));
}

fn left(row: u32, sample: u32) -> f32 {
  return design_word(BASE_LEFT_AT + row * TARGET_LENGTH + sample);
}

fn basis(run: u32, row: u32, k: u32) -> f32 {
  return design_word(BASE_RIGHT_AT + row * VALUE_DIM + k);
}
