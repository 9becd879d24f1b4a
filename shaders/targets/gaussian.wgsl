// Independent standard normals.
fn initial_target(run: u32) {
  for (var k = 0u; k < u32(TARGET_LENGTH); k++) {
    store_target(run, k, draw(PURPOSE_TARGET, run, 0u, k));
  }
}
