// Who leads, and whether the largest share has reached the threshold, inside a step.   Twin: src/reference/leadership.ts

// By how much the largest share is over the threshold, times Σ|p|; negative where there are no shares.
fn excess(magnitudes: Tokens) -> f32 {
  return excess_of(magnitudes, max_tokens(magnitudes));
}

fn excess_of(magnitudes: Tokens, largest: f32) -> f32 {
  var total = 1.0;
  if (!WEIGHTS_ARE_SHARES) { total = sum_tokens(magnitudes); }
  return select(-1.0, largest - POLARIZED_AT * total, largest > 0.0);
}

// By how much a token leads; for NONE, the excess; both in parts of the largest weight, which may be of any size.
fn ahead(p: Tokens, token: u32) -> f32 {
  let magnitudes = abs_tokens(p);
  if (agreed(token == NONE)) { return excess(magnitudes) / max(max_tokens(magnitudes), 0x1p-126); }
  var rest = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    rest[i] = select(magnitudes[i], 0.0, token_of(i) == token);
  }
  let own = at_token(magnitudes, token);
  let others = max_tokens(rest);
  return (own - others) / max(max(own, others), 0x1p-126);
}

// x at a token that is not known beforehand.
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

// Where between two places of a step, parts before its end, `ahead` passes 0: false position, with the Illinois rule.
// The first two rounds look at the places themselves. (One call of weights_at, since it is unrolled where it stands.)
fn crossing(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, token: u32, before: f32, after: f32) -> f32 {
  var low = before;
  var high = after;
  var low_value = 0.0;
  var high_value = 0.0;
  var found = low;
  var side = 0;
  for (var round = 0; round < 14; round++) {
    let value = ahead(weights_at(s, stages, h, found), token);
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

// Looks at PROBES places of the step of h that ends now, with weights p there.
fn find_events(c: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, p: Tokens) {
  let end = flow_time((*c).now);
  for (var place = 1; place <= PROBES; place++) {
    let after = f32(PROBES - place) / f32(PROBES);
    let before = f32(PROBES - place + 1) / f32(PROBES);
    var magnitudes = abs_tokens(p);
    if (place < PROBES) { magnitudes = abs_tokens(weights_at(s, stages, h, after)); }
    let top = unique_leader(magnitudes);
    let changed = top != NONE && top != (*c).leader;
    let over = excess(magnitudes);
    let reached = (*c).polarization_time < 0.0 && over >= 0.0;
    for (var event = 0; event < 2; event++) {
      if (!agreed(select(reached, changed && (*c).leader != NONE, event == 0))) { continue; }
      let time = end - h * crossing(s, stages, h, select(NONE, top, event == 0), before, after);
      if (event == 0) { (*c).lock_in_time = time; } else { (*c).polarization_time = time; }
    }
    if (changed) { (*c).leader = top; }
  }
}
