// D = G.   Twin: src/reference/optimizers/gradient-descent.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>) {}

fn direction(g: f32, memory: ptr<function, Memory>) -> f32 {
  return g;
}
