// Events inside a step: a change of leader, that the largest share reaches the threshold, and what the specification asks for besides
// (crossings.wgsl).   Twin: src/reference/leadership.ts

// By how much the largest share exceeds a threshold, times Σ|p|; negative where there are no shares.
fn excess(magnitudes: Tokens, threshold: f32) -> f32 {
  return excess_of(magnitudes, max_tokens(magnitudes), threshold);
}

fn excess_of(magnitudes: Tokens, largest: f32, threshold: f32) -> f32 {
  var total = 1.0;
  if (!WEIGHTS_ARE_SHARES) { total = sum_tokens(magnitudes); }
  return select(-1.0, largest - threshold * total, largest > 0.0);
}

// The excess divided by the largest weight, which may be of any size.
fn relative_excess(magnitudes: Tokens, threshold: f32) -> f32 {
  return excess(magnitudes, threshold) / max(max_tokens(magnitudes), 0x1p-126);
}

// By how much a token leads, relative to the largest weight; or for NONE the excess over the threshold.
fn ahead(p: Tokens, token: u32) -> f32 {
  let magnitudes = abs_tokens(p);
  if (agreed(token == NONE)) { return relative_excess(magnitudes, POLARIZED_AT); }
  var rest = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    rest[i] = select(magnitudes[i], 0.0, token_of(i) == token);
  }
  let own = at_token(magnitudes, token);
  let others = max_tokens(rest);
  return (own - others) / max(max(own, others), 0x1p-126);
}

// x at a token, which may be on another lane.
fn at_token(x: Tokens, token: u32) -> f32 {
  var found = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    found = select(found, x[i], token_of(i) == token);
  }
  return lanes_sum(found);
}

fn weights_at(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, phi: f32) -> Tokens {
  return normalizer_forward(moved_logits(s, stages, inside(h, phi), STAGES));
}

// Where `ahead` becomes positive between two probes; all are parts of the step before its end. False position, with the Illinois rule.
// The first two rounds evaluate both probes. (There is one call of ahead_inside, since it is compiled wherever it is called.)
// `event`: the token that takes the lead, NONE for the threshold, or another one of crossings.wgsl.
fn crossing(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, event: u32, before: f32, after: f32) -> f32 {
  var low = before;
  var high = after;
  var low_value = 0.0;
  var high_value = 0.0;
  var found = low;
  var side = 0;
  for (var round = 0; round < 14; round++) {
    let value = ahead_inside(s, stages, h, found, event);
    if (round == 0) {
      low_value = min(value, 0.0);
      found = high;
      continue;
    }
    if (round == 1) {
      high_value = max(value, 0.0);
    } else if (value > 0.0) {
      if (side == 1) { low_value *= 0.5; }
      high = found;
      high_value = value;
      side = 1;
    } else {
      if (side == -1) { high_value *= 0.5; }
      low = found;
      low_value = value;
      side = -1;
    }
    let width = high_value - low_value;
    if (agreed((round > 1 && abs(value) <= 1e-6) || width <= 0.0)) { break; }
    found = (low * high_value - high * low_value) / width;
  }
  return found;
}

// Finds the events in the step of h that ends now, with weights p.
fn find_events(progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, p: Tokens) {
  let end = flow_time((*progress).now);
  for (var probe = 1; probe <= PROBES; probe++) {
    let after = f32(PROBES - probe) / f32(PROBES);
    let before = f32(PROBES - probe + 1) / f32(PROBES);
    var weights = p;
    if (probe < PROBES) { weights = weights_at(s, stages, h, after); }
    let magnitudes = abs_tokens(weights);
    let top = unique_leader(magnitudes);
    let changed = top != NONE && top != (*progress).leader;
    let over = excess(magnitudes, POLARIZED_AT);
    let reached = (*progress).polarization_time == NEVER && over >= 0.0;
    look_for_crossings(s, stages, h, after, weights);
    for (var event = 0u; event < 2u + CROSSINGS; event++) {
      var due = reached;
      var what = NONE;
      if (event == 0u) {
        due = changed && (*progress).leader != NONE;
        what = top;
      }
      if (event > 1u) {
        due = is_crossed(event - 2u);
        what = FIRST_CROSSING + event - 2u;
      }
      if (!agreed(due)) { continue; }
      let time = end - h * crossing(s, stages, h, what, before, after);
      if (event == 0u) {
        (*progress).lock_in_time = time;
      } else if (event == 1u) {
        (*progress).polarization_time = time;
      } else {
        keep_crossing(event - 2u, time);
      }
    }
    if (changed) { (*progress).leader = top; }
  }
}
