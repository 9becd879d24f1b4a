// Adam with bias correction: what is kept are the corrected means m of G and v of G², D = m/(√v + ε). In step k a mean takes its new number by the
// part (1 − β)/(1 − βᵏ), and 1 − βᵏ is carried on from step to step: c ← c + (1 − β)(1 − c).   Twin: src/reference/optimizers/adam.ts
var<private> parts_taken: vec2f;
var<private> before: vec2f; // 0 where the new number is all of the mean, so that no rounding of the old one stays; else 1

fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>) {
  let rest = vec2f(OPTIMIZER_REST_BETA1, OPTIMIZER_REST_BETA2);
  let corrections = vec2f(carried[0], carried[1]);
  let next = corrections + rest * (1.0 - corrections);
  carried[0] = next.x;
  carried[1] = next.y;
  parts_taken = rest / next;
  before = select(vec2f(1.0), vec2f(0.0), parts_taken == vec2f(1.0));
}

fn direction(g: f32, memory: ptr<function, Memory>) -> f32 {
  (*memory)[0] = averaged(before.x * (*memory)[0], g, parts_taken.x);
  (*memory)[1] = averaged(before.y * (*memory)[1], g * g, parts_taken.y);
  return (*memory)[0] / root_and((*memory)[1], OPTIMIZER_EPSILON);
}
