// What Runge-Kutta stages do with values in registers.

// V w at a moved state.
fn moved_output(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, w: Tokens) -> Vector {
  var y = part_of_output(s, w);
  if (TRAIN_VALUES) {
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var t = 0; t < TERMS; t++) { // unroll
          let overlap = motion.h * motion.parts[l] * part_of_dot((*stages)[l].w[t], w);
          for (var k = 0; k < DIM; k++) { // unroll
            y[k] -= overlap * (*stages)[l].x[t][k];
          }
        }
      }
    }
  }
  return lanes_sum_parcel(y);
}

// Vᵀx at a moved state.
fn moved_pull(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, x: Vector) -> Tokens {
  var c = pull_of(s, x);
  if (TRAIN_VALUES) {
    var short = Vector(); // h x, since the square of a steep slope may overflow
    for (var k = 0; k < DIM; k++) { // unroll
      short[k] = motion.h * x[k];
    }
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var t = 0; t < TERMS; t++) { // unroll
          let overlap = motion.parts[l] * dot_vectors((*stages)[l].x[t], short);
          for (var i = 0; i < TOKENS; i++) { // unroll
            c[i] -= overlap * (*stages)[l].w[t][i];
          }
        }
      }
    }
  }
  return c;
}

// Moves the values by a step of h.
fn advance_values(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  for (var i = 0; i < TOKENS; i++) { // unroll
    var moved = array<array<f32, TERMS>, STAGES>();
    for (var j = 0; j < STAGES; j++) { // unroll
      for (var t = 0; t < TERMS; t++) { // unroll
        moved[j][t] = h * WEIGHTS[j] * (*stages)[j].w[t][i];
      }
    }
    for (var k = 0; k < DIM; k++) { // unroll
      var change = 0.0;
      for (var j = 0; j < STAGES; j++) { // unroll
        if (WEIGHTS[j] != 0.0) {
          for (var t = 0; t < TERMS; t++) { // unroll
            change += moved[j][t] * (*stages)[j].x[t][k];
          }
        }
      }
      (*s).values[i][k] -= change;
    }
  }
}

// Σ_k (Σ_j weights_j·slope_j)², of each token
fn value_squares(s: ptr<function, State>, stages: ptr<function, Stages>, weights: Parts) -> Tokens {
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    var weighted = array<array<f32, TERMS>, STAGES>();
    for (var j = 0; j < STAGES; j++) { // unroll
      for (var t = 0; t < TERMS; t++) { // unroll
        weighted[j][t] = weights[j] * (*stages)[j].w[t][i];
      }
    }
    let scale = 1.0 / value_scale(s, i);
    for (var k = 0; k < DIM; k++) { // unroll
      var e = 0.0;
      for (var j = 0; j < STAGES; j++) { // unroll
        for (var t = 0; t < TERMS; t++) { // unroll
          e += weighted[j][t] * (*stages)[j].x[t][k];
        }
      }
      let scaled = e * scale;
      squares[i] += scaled * scaled;
    }
  }
  return squares;
}

// Whether a step of h leaves this lane's values as they are, bit for bit.
fn values_stand(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) -> bool {
  var next = *s;
  advance_values(&next, stages, h);
  var same = true;
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      same &= !is_here(i) || bitcast<u32>(next.values[i][k]) == bitcast<u32>((*s).values[i][k]);
    }
  }
  return same;
}

// Writes the values inside a step into a trajectory.
fn keep_values(run: u32, slot: u32, s: ptr<function, State>, stages: ptr<function, Stages>, inside: Motion) {
  var words = array<f32, VALUE_WORDS>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    var moved = array<array<f32, TERMS>, STAGES>();
    for (var j = 0; j < STAGES; j++) { // unroll
      for (var t = 0; t < TERMS; t++) { // unroll
        moved[j][t] = select(0.0, inside.h * inside.parts[j] * (*stages)[j].w[t][i], TRAIN_VALUES);
      }
    }
    for (var k = 0; k < DIM; k++) { // unroll
      var v = (*s).values[i][k];
      for (var j = 0; j < STAGES; j++) { // unroll
        for (var t = 0; t < TERMS; t++) { // unroll
          v -= moved[j][t] * (*stages)[j].x[t][k];
        }
      }
      words[i * DIM + k] = v;
    }
  }
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { trajectories[recorded_value(run, slot, token_of(at / DIM), u32(at % DIM))] = bitcast<u32>(words[at]); }
  }
}
