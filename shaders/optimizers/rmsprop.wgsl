// v ← αv + (1 − α)G², D = G/(√v + ε).   Twin: src/reference/optimizers/rmsprop.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>) {}

fn direction(g: f32, memory: ptr<function, Memory>) -> f32 {
  (*memory)[0] = averaged((*memory)[0], g * g, OPTIMIZER_REST_DECAY);
  return quotient(g, sqrt((*memory)[0]) + OPTIMIZER_EPSILON);
}
