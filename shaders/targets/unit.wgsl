// A uniformly random direction, of norm 1.
// (Every lane computes the whole sum, so that a start does not depend on the number of lanes.)
fn initial_target(run: u32) {
  var square = 0.0;
  for (var k = 0u; k < u32(TARGET_LENGTH); k++) {
    let b = draw(PURPOSE_TARGET, run, 0u, k);
    if (k % LANES == lane) { store_target(run, k, b); }
    square = fma(b, b, square); // otherwise each compiler chooses whether to round once or twice
  }
  let norm = sqrt(square);
  for (var k = lane; k < u32(TARGET_LENGTH); k += LANES) {
    store_target(run, k, load_target(run, k) / norm);
  }
}
