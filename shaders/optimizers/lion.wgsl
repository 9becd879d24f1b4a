// D = sign(β₁m + (1 − β₁)G), then m ← β₂m + (1 − β₂)G.   Twin: src/reference/optimizers/lion.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32) {}

fn moves(g: vec2f, rate: f32, memory: ptr<function, Memory>) -> vec2f {
  let before = (*memory)[0];
  (*memory)[0] = averaged(kept(before, OPTIMIZER_REST_BETA2), g, OPTIMIZER_REST_BETA2);
  return rate * sign(averaged(kept(before, OPTIMIZER_REST_BETA1), g, OPTIMIZER_REST_BETA1));
}
