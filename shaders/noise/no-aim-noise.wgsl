// A step sees the aim itself.
fn aim_in_step(s: ptr<function, State>) -> Aim {
  return (*s).aim;
}
