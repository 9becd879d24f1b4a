// Under square loss all values stay in the span of β and the values at the start: n + 1 coordinates, the first along β. Rows of Q by
// Gram-Schmidt, each twice, which is enough to working precision; a row in the span of those before it is 0.
fn prepare(run: u32) {
  for (var row = 0u; row < u32(DIM); row++) {
    var square = 0.0;
    for (var k = lane; k < VALUE_DIM; k += LANES) {
      var x = 0.0;
      if (row == 0u) { x = load_target(run, k); } else { x = draw_value(run, row - 1u, k); }
      states[basis_word(run, row, k)] = x;
      square += x * x;
    }
    square = lanes_sum(square);
    if (row == 0u) { store_aim(run, 0u, sqrt(square)); } else { store_aim(run, row, 0.0); }
    var left = square;
    for (var again = 0; again < 2; again++) {
      for (var other = 0u; other < row; other++) {
        var overlap = 0.0;
        for (var k = lane; k < VALUE_DIM; k += LANES) {
          overlap += basis(run, row, k) * basis(run, other, k);
        }
        overlap = lanes_sum(overlap);
        for (var k = lane; k < VALUE_DIM; k += LANES) {
          states[basis_word(run, row, k)] -= overlap * basis(run, other, k);
        }
      }
      left = 0.0;
      for (var k = lane; k < VALUE_DIM; k += LANES) {
        left += basis(run, row, k) * basis(run, row, k);
      }
      left = lanes_sum(left);
    }
    let scale = select(1.0 / sqrt(left), 0.0, left <= 1e-11 * square); // a rest below that is rounding
    for (var k = lane; k < VALUE_DIM; k += LANES) {
      states[basis_word(run, row, k)] *= scale;
    }
  }
}

fn basis_word(run: u32, row: u32, k: u32) -> u32 {
  return (STATE_BASIS_AT + row * VALUE_DIM + k) * batch.stride + run;
}

fn basis(run: u32, row: u32, k: u32) -> f32 {
  return states[basis_word(run, row, k)];
}
