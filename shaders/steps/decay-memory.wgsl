// Runge-Kutta steps with weight decay, with values in memory. Those at the beginning of the last step lie behind them in `states`.
fn before_word(v: Values) -> u32 {
  return v.at + (STATE_BEFORE_AT - STATE_VALUES_AT) * batch.stride;
}

fn values_before(s: ptr<function, State>) -> Values {
  return Values(before_word((*s).values), false);
}

// Shows w of all terms on the board, times the parts of their stages, for TILE tokens from `first` on.
fn show_parts(stages: ptr<function, Stages>, parts: Pairs, first: u32) {
  let i = first / LANES;
  let column = lane - first % LANES;
  workgroupBarrier();
  for (var j = 0; j < STAGES; j++) { // unroll
    for (var t = 0; t < TERMS; t++) { // unroll
      if (column < TILE) { show(u32(j * TERMS + t) * TILE + column, parts[j].x * (*stages)[j].w[t][i]); }
    }
  }
  workgroupBarrier();
}

// What move_values does with the moved values.
const ADVANCE = 0u;  // puts them into the state
const COMPARE = 1u;  // compares them with those before, bit for bit
const KEEP = 2u;     // writes them into a trajectory

// With COMPARE, returns whether this lane's values stay as they are. `noisy` is the length of a step with noise.
fn move_values(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, noisy: f32, act: u32, to: u32) -> bool {
  let v = (*s).values;
  let base = base_of(s, motion).values;
  var same = true;
  for (var c = 0; c < COMPONENTS; c++) {
    let k = u32(c) * LANES + lane % ACROSS;
    let x = gradients_at(stages, c);
    for (var first = 0u; first < ALL_TOKENS; first += TILE) {
      show_parts(stages, motion.parts, first);
      let end = select(0u, min(TILE, ALL_TOKENS - first), k < u32(DIM));
      for (var round = 0u; round < rounds(TILE_ROUNDS); round++) {
        if (4u * four_in(round, 0) >= end) { break; }
        var before = array<vec4f, FLIGHT>();
        for (var f = 0; f < FLIGHT; f++) { // unroll
          before[f] = four_tokens(base, first + 4u * four_in(round, f), k, RAGGED);
        }
        for (var f = 0; f < FLIGHT; f++) { // unroll
          let four = four_in(round, f);
          var moved = before[f];
          if (TRAIN_VALUES) { moved = motion.stay.x * before[f] - sums_of_terms(x, four); }
          let words = four_words(v.at, first + 4u * four, k, false);
          for (var j = 0u; j < 4u; j++) {
            if (RAGGED && j >= count_of(four, end)) { break; }
            var after = moved[j];
            if (GRADIENT_NOISE) {
              if (act == ADVANCE) { after -= noisy * noise_of_value(0, first + 4u * four + j, k); }
              if (act == KEEP) { after += motion.end * states[words[j]]; }
            }
            switch (act) {
              case ADVANCE: { states[words[j]] = after; }
              case KEEP: { trajectories[to + (words[j] - v.at) * batch.recorded] = bitcast<u32>(after); }
              default: { same &= bitcast<u32>(after) == bitcast<u32>(before[f][j]); }
            }
          }
        }
      }
    }
  }
  storageBarrier();
  return same;
}

// Keeps the values before a step: each lane those that it moves.
fn keep_before(s: ptr<function, State>) {
  let v = (*s).values;
  for (var c = 0; c < COMPONENTS; c++) {
    let k = u32(c) * LANES + lane % ACROSS;
    let end = select(0u, ALL_TOKENS, k < u32(DIM));
    for (var round = 0u; round < rounds((ALL_TOKENS + SPAN - 1u) / SPAN); round++) {
      if (4u * four_in(round, 0) >= end) { break; }
      var now = array<vec4f, FLIGHT>();
      for (var f = 0; f < FLIGHT; f++) { // unroll
        now[f] = four_tokens(v, 4u * four_in(round, f), k, RAGGED);
      }
      for (var f = 0; f < FLIGHT; f++) { // unroll
        let four = four_in(round, f);
        store_four(four_words(before_word(v), 4u * four, k, false), now[f], count_of(four, end));
      }
    }
  }
}

fn advance_values(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, h: f32) {
  _ = move_values(s, stages, motion, h, ADVANCE, 0u);
}

fn values_stand(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion) -> bool {
  return move_values(s, stages, motion, 0.0, COMPARE, 0u);
}

fn keep_values(run: u32, slot: u32, s: ptr<function, State>, stages: ptr<function, Stages>, inside: Motion) {
  _ = move_values(s, stages, inside, 0.0, KEEP, recorded_value(run, slot, 0u, 0u));
}

// Σ_k (of the sum by V_ki over its scale)², of each token
fn value_squares(s: ptr<function, State>, stages: ptr<function, Stages>, sum: Motion) -> Tokens {
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
          weighted[j * TERMS + t] = sum.parts[j].x * (*stages)[j].w[t][i];
        }
      }
      var sums = vec4f();
      let end = select(0u, min(TILE, u32(DIM) - first), is_here(i));
      for (var four = 0u; four < rounds(TILE / 4u); four++) {
        if (4u * four >= end) { break; }
        var value = vec4f();
        for (var k = 4u * four; k < min(4u * four + 4u, end); k++) {
          value[k % 4u] = coordinate(s, i, first + k);
        }
        let scaled = first_of(scales[i] * (sum.stay.x * value + sums_of_terms(weighted, four)), end - 4u * four);
        sums += scaled * scaled;
      }
      squares[i] += sum_of_four(sums);
    }
  }
  return squares;
}
