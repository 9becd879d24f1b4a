// v ← αv + (1 − α)G², D = G/(√v + ε).   Twin: src/reference/optimizers/rmsprop.ts
fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32) {}

fn moves(g: vec2f, rate: f32, memory: ptr<function, Memory>) -> vec2f {
  (*memory)[0] = averaged(kept((*memory)[0], OPTIMIZER_REST_DECAY), g * g, OPTIMIZER_REST_DECAY);
  // The root is more than 0: squares below float32's range are taken for its least number.
  return rate * g / (sqrt(max((*memory)[0], vec2f(0x1p-126))) + OPTIMIZER_EPSILON);
}
