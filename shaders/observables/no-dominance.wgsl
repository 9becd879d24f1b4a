// The specification does not ask for it, or runs have no targets of their own.
fn set_dominance(row: ptr<function, Row>, run: u32, z: Tokens, sink: u32) {}
