// Adam with bias correction. What is kept are sums M ← β₁M + G and W ← β₂W + G². With S = 1 + β + … + βᵏ⁻¹ = (1 − βᵏ)/(1 − β) the means are M/S₁ and
// W/S₂, so D = (√S₂/S₁) M/(√W + √S₂ε); 1 − βᵏ is carried on from step to step: c ← c + (1 − β)(1 − c).   Twin: src/reference/optimizers/adam.ts
var<private> kept_parts: vec2f; // β₁ and β₂, or their neighbors in float32
var<private> root_of_sum: f32; // √S₂
var<private> of_sums: f32; // √S₂/S₁

fn begin_step(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32) {
  lift_zeros(stages);
  let rest = vec2f(OPTIMIZER_REST_BETA1, OPTIMIZER_REST_BETA2);
  let corrections = vec2f(carried[0], carried[1]);
  let next = corrections + rest * (1.0 - corrections);
  carried[0] = next.x;
  carried[1] = next.y;
  let sums = next / rest;
  root_of_sum = sqrt(sums.y);
  of_sums = root_of_sum / sums.x;
  kept_parts = vec2f(rounded(OPTIMIZER_BETA1, rest.x, k), rounded(OPTIMIZER_BETA2, rest.y, k));
}

// A factor β = 1 − rest of step number k. float32 has 1 − β to fewer digits than `rest`, so steps take the two float32 around β in turn, such that the product
// over any steps is that power of β but for one rounding. Below ½ float32 has all digits.
fn rounded(beta: f32, rest: f32, k: u32) -> f32 {
  let short = (1.0 - beta) - rest; // of β, what `beta` lacks
  let neighbor = bitcast<f32>(bitcast<i32>(beta) + select(-1, 1, short > 0.0));
  let share = select(0.0, abs(short / (neighbor - beta)), beta >= 0.5); // of the steps that take the neighbor: ½ at most
  let each = bitcast<u32>(1.0 + share) << 9u; // 2³² times it, from the digits of 1 + share: a software driver converts numbers lane by lane
  return select(beta, neighbor, each * k + each < each);
}

fn moves(g: vec2f, rate: f32, memory: ptr<function, Memory>) -> vec2f {
  (*memory)[0] = kept_parts.x * (*memory)[0] + g;
  // No less than 2⁻¹¹⁶: below, the next squares would leave float32's range, and a processor takes long for numbers at its end.
  (*memory)[1] = max(kept_parts.y * (*memory)[1] + g * g, vec2f(0x1p-116));
  let below = sqrt((*memory)[1]) + root_of_sum * OPTIMIZER_EPSILON;
  return (*memory)[0] * (below.yx * (rate * of_sums / (below.x * below.y))); // one division for two numbers
}
