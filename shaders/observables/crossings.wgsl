// Events whose times are kept only where the specification asks for them: that the largest share first exceeds TIPPING_AT, and that the
// loss first falls to LOSS_AT. Their times are kept in the row of the run.   Twin: src/reference/leadership.ts
const CROSSINGS = 2u;
const TIPS = 0u;
const REACHES_LOSS = 1u;
const FIRST_CROSSING = NONE - CROSSINGS; // as `event` in events.wgsl: behind every token, before NONE
const FOLLOWS_LOSS = HAS_TIME_TO_LOSS;

var<private> crossed: array<f32, CROSSINGS>; // the time at which each happened; NEVER before
var<private> crossing_now: array<bool, CROSSINGS>; // whether it happened between two probes
var<private> run_of_crossings: u32;

fn is_followed(at: u32) -> bool {
  return select(HAS_TIME_TO_LOSS, HAS_TIPPING_TIME, at == TIPS);
}

fn crossing_column(at: u32) -> u32 {
  var columns = CROSSING_COLUMNS;
  return columns[at];
}

// Whether it has happened at a state with weights p and output y.
fn is_crossed_at_start(at: u32, p: Tokens, y: Vector, aim: Aim) -> bool {
  if (at == TIPS) { return HAS_TIPPING_TIME && has_tipped(p); }
  if (!HAS_TIME_TO_LOSS) { return false; }
  return loss_value(y, aim) <= LOSS_AT;
}

fn has_tipped(p: Tokens) -> bool {
  return excess(abs_tokens(p), TIPPING_AT) > 0.0;
}

fn load_crossings(run: u32) {
  run_of_crossings = run;
  for (var at = 0u; at < CROSSINGS; at++) {
    crossed[at] = NEVER;
    if (!is_followed(at)) { continue; }
    let time = bitcast<f32>(rows[crossing_column(at) * batch.stride + run]);
    if (!is_non_finite(time)) { crossed[at] = time; }
  }
}

fn keep_crossing(at: u32, time: f32) {
  crossed[at] = time;
  if (lane == 0u) { rows[crossing_column(at) * batch.stride + run_of_crossings] = bitcast<u32>(time); }
}

fn waits_for(at: u32) -> bool {
  return is_followed(at) && crossed[at] == NEVER;
}

// Whether none of them has happened at a state with weights p.
fn is_uneventful(s: ptr<function, State>, p: Tokens) -> bool {
  var uneventful = true;
  if (HAS_TIPPING_TIME) {
    let tipped = has_tipped(p);
    uneventful = !(waits_for(TIPS) && tipped);
  }
  if (HAS_TIME_TO_LOSS && agreed(waits_for(REACHES_LOSS))) { uneventful &= loss_value(output_of(s, p), (*s).aim) > LOSS_AT; }
  return uneventful;
}

fn loss_inside(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, p: Tokens) -> f32 {
  return loss_value(moved_output(s, stages, motion, STAGES, p), (*s).aim);
}

// Looks which of them have happened at a state inside a step, with weights p.
fn look_for_crossings(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, phi: f32, p: Tokens) {
  crossing_now = array<bool, CROSSINGS>();
  if (HAS_TIPPING_TIME) {
    let tipped = has_tipped(p);
    crossing_now[TIPS] = waits_for(TIPS) && tipped;
  }
  if (HAS_TIME_TO_LOSS && agreed(waits_for(REACHES_LOSS))) {
    crossing_now[REACHES_LOSS] = loss_inside(s, stages, inside(h, phi), p) <= LOSS_AT;
  }
}

fn is_crossed(at: u32) -> bool {
  return crossing_now[at];
}

// `ahead` at a state inside a step; of a loss, the logarithm of LOSS_AT over it.
fn ahead_inside(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, phi: f32, event: u32) -> f32 {
  let motion = inside(h, phi);
  let p = normalizer_forward(moved_logits(s, stages, motion, STAGES));
  if (HAS_TIPPING_TIME && agreed(event == FIRST_CROSSING + TIPS)) { return relative_excess(abs_tokens(p), TIPPING_AT); }
  if (HAS_TIME_TO_LOSS && agreed(event == FIRST_CROSSING + REACHES_LOSS)) {
    return -log(clamp(loss_inside(s, stages, motion, p) / LOSS_AT, 0x1p-126, 0x1p127));
  }
  return ahead(p, event);
}
