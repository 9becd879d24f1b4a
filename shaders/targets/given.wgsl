// The same target in every run of a point.
fn initial_target(run: u32) {
  for (var k = lane; k < u32(TARGET_LENGTH); k += LANES) {
    store_target(run, k, base(BASE_TARGET_AT + k));
  }
}
