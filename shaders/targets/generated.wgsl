// A response of independent standard normals. The host generates the design, which is the same for all runs.
fn initial_target(run: u32) {
  for (var k = lane; k < u32(TARGET_LENGTH); k += LANES) {
    store_target(run, k, draw(PURPOSE_TARGET, run, 0u, k));
  }
}
