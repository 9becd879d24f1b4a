// No such mode is known: src/model/ensemble.ts tells where one is.
fn leader_by_mode(s: ptr<function, State>, z: Tokens) -> u32 {
  return NONE;
}
