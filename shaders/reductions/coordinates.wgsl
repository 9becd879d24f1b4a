// Values in fewer coordinates: w_i = Q v_i, with orthonormal rows of Q that span all directions in which a gradient can lie. The
// rest of v_i never moves, so V = V(0) + Qᵀ(W − W(0)). Each reduction defines Q: basis(run, row, k).
const AT_ONCE = 8u; // rows of Q that are computed together: for each such group a value is drawn again

// Draws v_i; keeps its coordinates as those of the state and as W(0), and the squared norm of the rest. Returns ‖v_i‖².
fn initial_value(run: u32, token: u32) -> f32 {
  var square = 0.0;
  for (var first = 0u; first < u32(DIM); first += AT_ONCE) {
    var w = array<f32, AT_ONCE>();
    square = 0.0;
    for (var k = 0u; k < VALUE_DIM; k++) {
      let v = draw_value(run, token, k);
      square += v * v;
      for (var row = 0u; row < min(AT_ONCE, u32(DIM) - first); row++) {
        w[row] += basis(run, first + row, k) * v;
      }
    }
    for (var row = 0u; row < min(AT_ONCE, u32(DIM) - first); row++) {
      store_coordinate(run, token, first + row, w[row]);
      states[first_word(run, token, first + row)] = w[row];
    }
  }
  var outside = 0.0; // as the norm of a difference: a difference of squares would be all rounding where it is small
  for (var k = 0u; k < VALUE_DIM; k++) {
    var rest = draw_value(run, token, k);
    for (var row = 0u; row < u32(DIM); row++) {
      rest -= basis(run, row, k) * states[first_word(run, token, row)];
    }
    outside += rest * rest;
  }
  states[(STATE_OUTSIDE_AT + token) * batch.stride + run] = outside;
  return square;
}

fn first_word(run: u32, token: u32, row: u32) -> u32 {
  return (STATE_FIRST_AT + token * u32(DIM) + row) * batch.stride + run;
}

// The largest |V_ki| of a token, from its coordinates.
fn largest_entry(run: u32, s: ptr<function, State>, i: i32) -> f32 {
  let token = token_of(i);
  var largest = 0.0;
  for (var k = 0u; k < VALUE_DIM; k++) {
    var v = draw_value(run, token, k);
    for (var row = 0u; row < u32(DIM); row++) {
      v += basis(run, row, k) * (coordinate(s, i, row) - states[first_word(run, token, row)]);
    }
    largest = max(largest, abs(v));
  }
  return largest;
}
