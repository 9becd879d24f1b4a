// m ← μm + G, D = m.   Twin: src/reference/optimizers/momentum.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32) {
  lift_zeros(stages);
}

fn moves(g: vec2f, rate: f32, memory: ptr<function, Memory>) -> vec2f {
  (*memory)[0] = added(kept((*memory)[0], OPTIMIZER_REST_MOMENTUM), g, OPTIMIZER_REST_MOMENTUM);
  return rate * (*memory)[0];
}
