// D = sign(G).   Twin: src/reference/optimizers/sign.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>) {}

fn direction(g: f32, memory: ptr<function, Memory>) -> f32 {
  return sign(g);
}
