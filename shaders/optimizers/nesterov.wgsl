// m ← μm + G, D = G + μm.   Twin: src/reference/optimizers/nesterov.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>) {}

fn direction(g: f32, memory: ptr<function, Memory>) -> f32 {
  (*memory)[0] = added(kept((*memory)[0], OPTIMIZER_REST_MOMENTUM), g, OPTIMIZER_REST_MOMENTUM);
  return added(kept((*memory)[0], OPTIMIZER_REST_MOMENTUM), g, OPTIMIZER_REST_MOMENTUM);
}
