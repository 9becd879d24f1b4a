// What Runge-Kutta stages do with values in memory.

// V w at a moved state.
fn moved_output(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, w: Tokens) -> Vector {
  var y = output_of(s, w);
  if (TRAIN_VALUES) {
    var overlaps = Parcel();
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var t = 0; t < TERMS; t++) { // unroll
          overlaps[l * TERMS + t] = part_of_dot((*stages)[l].w[t], w);
        }
      }
    }
    overlaps = lanes_sum_parcel(overlaps);
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var t = 0; t < TERMS; t++) { // unroll
          let overlap = motion.h * motion.parts[l] * overlaps[l * TERMS + t];
          for (var k = 0; k < COMPONENTS; k++) {
            y[k] -= overlap * (*stages)[l].x[t][k];
          }
        }
      }
    }
  }
  return y;
}

// Vᵀx at a moved state.
fn moved_pull(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, x: Vector) -> Tokens {
  var c = pull_of(s, x);
  if (TRAIN_VALUES) {
    var overlaps = Parcel(); // with h x, since the square of a steep slope may overflow
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var t = 0; t < TERMS; t++) { // unroll
          var part = 0.0;
          for (var k = 0; k < COMPONENTS; k++) {
            part += select(0.0, (*stages)[l].x[t][k] * (motion.h * x[k]), is_component(k));
          }
          overlaps[l * TERMS + t] = part;
        }
      }
    }
    overlaps = lanes_sum_parcel(overlaps);
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var t = 0; t < TERMS; t++) { // unroll
          let overlap = motion.parts[l] * overlaps[l * TERMS + t];
          for (var i = 0; i < TOKENS; i++) {
            c[i] -= overlap * (*stages)[l].w[t][i];
          }
        }
      }
    }
  }
  return c;
}

// Σ_k (Σ_j weights_j·slope_j)², of each token
fn value_squares(s: ptr<function, State>, stages: ptr<function, Stages>, weights: Parts) -> Tokens {
  var scales = Tokens();
  for (var i = 0; i < TOKENS; i++) {
    scales[i] = 1.0 / value_scale(s, i);
  }
  var squares = Tokens();
  for (var first = 0u; first < u32(DIM); first += TILE) {
    show_gradients(stages, first);
    for (var i = 0; i < TOKENS; i++) {
      var weighted = Parcel();
      for (var j = 0; j < STAGES; j++) { // unroll
        for (var t = 0; t < TERMS; t++) { // unroll
          weighted[j * TERMS + t] = weights[j] * (*stages)[j].w[t][i];
        }
      }
      var sums = vec4f(); // the board shows zeros behind the last coordinate
      for (var four = 0u; four < rounds(TILE / 4u); four++) {
        if (4u * four >= u32(DIM) - first) { break; }
        let scaled = scales[i] * sums_of_terms(weighted, four);
        sums += scaled * scaled;
      }
      squares[i] += sum_of_four(sums);
    }
  }
  return squares;
}

// Shows w of all terms on the board, times h c_l of their stages, for TILE tokens from `first` on.
fn show_weights(stages: ptr<function, Stages>, motion: Motion, first: u32) {
  let i = first / LANES;
  let column = lane - first % LANES;
  workgroupBarrier();
  for (var j = 0; j < STAGES; j++) { // unroll
    for (var t = 0; t < TERMS; t++) { // unroll
      if (column < TILE) { show(u32(j * TERMS + t) * TILE + column, motion.h * motion.parts[j] * (*stages)[j].w[t][i]); }
    }
  }
  workgroupBarrier();
}

// What move_values does with the moved values.
const ADVANCE = 0u; // puts them into the state
const COMPARE = 1u; // compares them with those before, bit for bit
const KEEP = 2u;    // writes them into a trajectory

// With COMPARE, returns whether this lane's values stay as they are.
fn move_values(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, act: u32, to: u32) -> bool {
  let v = (*s).values;
  var same = true;
  for (var c = 0; c < COMPONENTS; c++) {
    let k = u32(c) * LANES + lane % ACROSS;
    let x = gradients_at(stages, c);
    for (var first = 0u; first < ALL_TOKENS; first += TILE) {
      show_weights(stages, motion, first);
      let end = select(0u, min(TILE, ALL_TOKENS - first), k < u32(DIM));
      for (var round = 0u; round < rounds(TILE_ROUNDS); round++) {
        if (4u * four_in(round, 0) >= end) { break; }
        var before = array<vec4f, FLIGHT>();
        for (var f = 0; f < FLIGHT; f++) { // unroll
          before[f] = four_tokens(v, first + 4u * four_in(round, f), k, RAGGED);
        }
        for (var f = 0; f < FLIGHT; f++) { // unroll
          let four = four_in(round, f);
          var after = before[f];
          if (TRAIN_VALUES) { after -= sums_of_terms(x, four); }
          let words = four_words(v.at, first + 4u * four, k, false);
          for (var j = 0; j < 4; j++) { // unroll
            if (!RAGGED || u32(j) < count_of(four, end)) {
              switch (act) {
                case ADVANCE: { states[words[j]] = after[j]; }
                case KEEP: { trajectories[to + (words[j] - v.at) * batch.recorded] = bitcast<u32>(after[j]); }
                default: { same &= bitcast<u32>(after[j]) == bitcast<u32>(before[f][j]); }
              }
            }
          }
        }
      }
    }
  }
  storageBarrier();
  return same;
}

// Moves the values by a step of h.
fn advance_values(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  _ = move_values(s, stages, Motion(h, WEIGHTS), ADVANCE, 0u);
}

// Whether a step of h leaves this lane's values as they are, bit for bit.
fn values_stand(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) -> bool {
  return move_values(s, stages, Motion(h, WEIGHTS), COMPARE, 0u);
}

// Writes the values inside a step into a trajectory.
fn keep_values(run: u32, slot: u32, s: ptr<function, State>, stages: ptr<function, Stages>, inside: Motion) {
  _ = move_values(s, stages, inside, KEEP, recorded_value(run, slot, 0u, 0u));
}
