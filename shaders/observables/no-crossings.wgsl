// The specification asks for no event but those of events.wgsl. (A compiler drops what is here and its calls.)
const CROSSINGS = 0u;
const FIRST_CROSSING = 0u;
const FOLLOWS_LOSS = false;

fn crossing_column(at: u32) -> u32 {
  return 0u;
}

fn is_crossed_at_start(at: u32, p: Tokens, y: Vector, aim: Aim) -> bool {
  return false;
}

fn load_crossings(run: u32) {}

fn keep_crossing(at: u32, time: f32) {}

fn is_uneventful(s: ptr<function, State>, p: Tokens) -> bool {
  return true;
}

fn look_for_crossings(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, phi: f32, p: Tokens) {}

fn is_crossed(at: u32) -> bool {
  return false;
}

fn ahead_inside(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, phi: f32, event: u32) -> f32 {
  return ahead(weights_at(s, stages, h, phi), event);
}
