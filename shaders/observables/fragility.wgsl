// Disturbs the end of a run, at its sink and at another token (src/model/fragility.ts): how far the output moves, relative to its length,
// and whether the answer flips.   Twin: src/reference/fragility.ts
const NUDGE = 0u;
const REMOVAL = 2u;
const DISTURBANCES = select(2u, 3u, HAS_REMOVAL);

// Which token is disturbed beside the sink: drawn by the run alone.
fn other_token(run: u32, sink: u32) -> u32 {
  let drawn = draw_bits(PURPOSE_OTHER_TOKEN, run, 0u, 0u) % (ALL_TOKENS - 1u);
  return select(drawn + 1u, drawn, drawn < sink);
}

fn scaled(x: Vector, by: f32) -> Vector {
  var out = Vector();
  for (var k = 0; k < COMPONENTS; k++) {
    out[k] = by * x[k];
  }
  return out;
}

// x over its norm; 0 where that is 0. Its squares may be beyond float32's range.
fn unit_vector(x: Vector) -> Vector {
  let largest = max(max_vector(x), max_vector(scaled(x, -1.0)));
  let y = scaled(x, select(1.0 / largest, 0.0, largest == 0.0));
  let square = dot_vectors(y, y);
  return scaled(y, select(1.0 / sqrt(square), 0.0, square == 0.0));
}

// The weights where a token is dropped. A normalizer gives none to a logit DROPPED, or there are as many weights as before and all are larger.
fn without(z: Tokens, token: u32) -> Tokens {
  var w = z;
  for (var i = 0; i < TOKENS; i++) {
    w[i] = select(z[i], DROPPED, token_of(i) == token);
  }
  return w;
}

// The columns of the run's row, at a state with logits z, weights p and output y.
fn set_fragility(row: ptr<function, Row>, run: u32, s: ptr<function, State>, z: Tokens, p: Tokens, y: Vector, sink: u32) {
  var columns = FRAGILITY_COLUMNS;
  var flip_columns = FLIP_COLUMNS;
  let other = other_token(run, sink);
  (*row)[COLUMN_OTHER_TOKEN] = other;
  let norms = value_norms(s);
  let uphill = unit_vector(ascent(y, (*s).aim));
  let length = sqrt(dot_vectors(y, y) + outside_square(run, p));
  for (var which = 0u; which < 2u * DISTURBANCES; which++) {
    let kind = which / 2u;
    let token = select(other, sink, which % 2u == 0u);
    let size = NUDGE_SIZE * at_token(norms, token);
    var push = Vector();
    if (kind == NUDGE) {
      push = random_direction(run, token);
    } else if (kind != REMOVAL) {
      push = uphill;
    }
    push = scaled(push, size);
    var after = without(z, token);
    if (kind != REMOVAL) { after = pushed_logits(z, at_token((*s).attention, token), push); }
    var w = normalizer_forward(after);
    let own = at_token(w, token);
    for (var i = 0; i < TOKENS; i++) {
      if (kind == REMOVAL) { w[i] = select(REMOVAL_SCALE * w[i], 0.0, token_of(i) == token); }
      w[i] -= p[i];
    }
    var change = output_of(s, w);
    for (var k = 0; k < COMPONENTS; k++) {
      change[k] += own * push[k];
    }
    var moved = sqrt(dot_vectors(change, change));
    if (kind == REMOVAL) {
      if (REDUCED) { moved = sqrt(moved * moved + outside_square(run, w)); }
    } else if (TERMS == 1) {
      moved = abs(own) * size; // weights stay, and a direction may lie outside of the coordinates
    }
    if (length > 0.0) { (*row)[columns[which]] = bitcast<u32>(moved / length); }
    if (HAS_FLIPS) {
      for (var k = 0; k < COMPONENTS; k++) {
        change[k] += y[k];
      }
      (*row)[flip_columns[which]] = select(0u, 1u, flips(y, change, (*s).aim));
    }
  }
}
