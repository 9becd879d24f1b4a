// D = sign(β₁m + (1 − β₁)G), then m ← β₂m + (1 − β₂)G.   Twin: src/reference/optimizers/lion.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>) {}

fn direction(g: f32, memory: ptr<function, Memory>) -> f32 {
  let before = (*memory)[0];
  (*memory)[0] = averaged(kept(before, OPTIMIZER_REST_BETA2), g, OPTIMIZER_REST_BETA2);
  return sign(averaged(kept(before, OPTIMIZER_REST_BETA1), g, OPTIMIZER_REST_BETA1));
}
