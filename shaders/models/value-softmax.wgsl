// y = V σ(a): V' = −g pᵀ and a' = −JᵀVᵀg, with J = ∂σ/∂a (arXiv 2603.06248, section 3).   Twin: src/reference/models/value-softmax.ts

// The logits, which the normalizer is given.
fn logits_of(s: ptr<function, State>) -> Tokens {
  return (*s).attention;
}

// The logits where a value has moved, of a token with attention a.
fn pushed_logits(z: Tokens, a: f32, push: Vector) -> Tokens {
  return z;
}

// The logits at a moved state.
fn moved_logits(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32) -> Tokens {
  return moved_attention(s, stages, motion, count);
}

// The slope at a moved state with logits z and weights p.
fn moved_slope(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, z: Tokens, p: Tokens) -> Stage {
  let y = moved_output(s, stages, motion, count, p);
  let g = slope_gradient(y, aim_in_step(s));
  var slope = Tokens();
  if (TRAIN_LOGITS) { slope = normalizer_pullback(z, p, slope_pull(p, moved_pull(s, stages, motion, count, g))); }
  return Stage(array<Tokens, TERMS>(p), array<Vector, TERMS>(g), y, slope);
}

// ‖∂L/∂V‖ = ‖g‖·‖p‖ and ‖∂L/∂a‖, at a state with these logits, weights, ∇L = g and Vᵀg = c.
fn gradient_norms(s: ptr<function, State>, z: Tokens, p: Tokens, g: Vector, c: Tokens) -> vec2f {
  let slope = normalizer_pullback(z, p, c);
  return vec2f(sqrt(dot_vectors(g, g)) * sqrt(dot_tokens(p, p)), sqrt(dot_tokens(slope, slope)));
}
