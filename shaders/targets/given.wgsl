// The same target in every run.
fn initial_target(run: u32) {
  for (var k = 0u; k < u32(TARGET_LENGTH); k++) {
    store_target(run, k, base[BASE_TARGET_AT + k]);
  }
}
