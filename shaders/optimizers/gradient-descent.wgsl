// D = G.   Twin: src/reference/optimizers/gradient-descent.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32) {}

fn moves(g: vec2f, rate: f32, memory: ptr<function, Memory>) -> vec2f {
  return rate * g;
}
