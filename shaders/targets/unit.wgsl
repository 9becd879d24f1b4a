// A uniformly random direction, of norm 1.
fn initial_target(run: u32) {
  var square = 0.0;
  for (var k = lane; k < u32(TARGET_LENGTH); k += LANES) {
    let b = draw(PURPOSE_TARGET, run, 0u, k);
    store_target(run, k, b);
    square += b * b;
  }
  let norm = sqrt(lanes_sum(square));
  for (var k = lane; k < u32(TARGET_LENGTH); k += LANES) {
    store_target(run, k, load_target(run, k) / norm);
  }
}
