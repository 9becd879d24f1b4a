// The specification does not ask for it.
fn set_fragility(row: ptr<function, Row>, run: u32, s: ptr<function, State>, z: Tokens, p: Tokens, y: Vector, sink: u32) {}
