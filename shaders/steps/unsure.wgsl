// No step is known to be quiet before it is taken: a round looks at each. (A compiler drops what is here.)
struct Sure {
  left: f32,
}

fn nothing_sure() -> Sure {
  return Sure();
}

fn spend(sure: ptr<function, Sure>, stages: ptr<function, Stages>) -> bool {
  return true;
}

fn renew(sure: ptr<function, Sure>, progress: ptr<function, Progress>, s: ptr<function, State>, stages: ptr<function, Stages>, p: Tokens) {}
