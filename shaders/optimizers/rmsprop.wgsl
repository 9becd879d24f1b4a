// v ← αv + (1 − α)G², D = G/(√v + ε).   Twin: src/reference/optimizers/rmsprop.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>) {}

fn direction(g: f32, memory: ptr<function, Memory>) -> f32 {
  (*memory)[0] = averaged(kept((*memory)[0], OPTIMIZER_REST_DECAY), g * g, OPTIMIZER_REST_DECAY);
  return g / root_and((*memory)[0], OPTIMIZER_EPSILON);
}
