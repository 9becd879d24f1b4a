// softmax(10·U), each U uniform on (0, 1), the paper's target distribution.
// (Every lane computes the whole sum, so that a start does not depend on the number of lanes.)
fn initial_target(run: u32) {
  var sum = 0.0;
  for (var k = 0u; k < u32(TARGET_LENGTH); k++) {
    let q = exp(10.0 * (uniform_of(draw_bits(PURPOSE_TARGET, run, 0u, k)) - 1.0));
    if (k % LANES == lane) { store_target(run, k, q); }
    sum += q;
  }
  for (var k = lane; k < u32(TARGET_LENGTH); k += LANES) {
    store_target(run, k, load_target(run, k) / sum);
  }
}
