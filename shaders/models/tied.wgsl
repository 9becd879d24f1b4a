// One matrix U for both, z = U a and y = U σ(z): U' = −(g pᵀ + q aᵀ) and a' = −Uᵀq with q = JᵀUᵀg, J = ∂σ/∂z (arXiv 2603.06248,
// the authors' notebook).   Twin: src/reference/models/tied.ts
// Its TERMS are two: (g, p) and (q, a).

// The logits z, which the normalizer is given.
fn logits_of(s: ptr<function, State>) -> Tokens {
  return as_tokens(output_of(s, (*s).attention));
}

// The logits where a value has moved, of a token with attention a.
fn pushed_logits(z: Tokens, a: f32, push: Vector) -> Tokens {
  let along = as_tokens(push);
  var moved = z;
  for (var i = 0; i < TOKENS; i++) { // unroll
    moved[i] += a * along[i];
  }
  return moved;
}

// The logits at a moved state.
fn moved_logits(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32) -> Tokens {
  return as_tokens(moved_output(s, stages, motion, count, moved_attention(s, stages, motion, count)));
}

// The slope at a moved state with logits z and weights p.
fn moved_slope(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, z: Tokens, p: Tokens) -> Stage {
  let a = moved_attention(s, stages, motion, count);
  let y = moved_output(s, stages, motion, count, p);
  let g = slope_gradient(y, aim_in_step(s));
  let q = as_vector(normalizer_pullback(z, p, slope_pull(p, moved_pull(s, stages, motion, count, g))));
  var slope = Tokens();
  if (TRAIN_LOGITS) { slope = moved_pull(s, stages, motion, count, q); }
  return Stage(array<Tokens, TERMS>(p, a), array<Vector, TERMS>(g, q), y, slope);
}

// ‖∂L/∂U‖ and ‖∂L/∂a‖, at a state with these logits, weights, ∇L = g and Uᵀg = c.
fn gradient_norms(s: ptr<function, State>, z: Tokens, p: Tokens, g: Vector, c: Tokens) -> vec2f {
  let pull = as_vector(normalizer_pullback(z, p, c));
  let slope = pull_of(s, pull);
  // Where a is small, q may be as large: their squares are beyond float32's range, and those of q 2^e and a 2^−e are not.
  var a = (*s).attention;
  var q = pull;
  let e = frexp(max_tokens(abs_tokens(a))).exp;
  for (var i = 0; i < TOKENS; i++) { // unroll
    a[i] = ldexp(a[i], -e);
  }
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    q[k] = ldexp(q[k], e);
  }
  let square = dot_vectors(g, g) * dot_tokens(p, p) + 2.0 * dot_vectors(g, q) * dot_tokens(p, a) + dot_vectors(q, q) * dot_tokens(a, a);
  return vec2f(sqrt(max(square, 0.0)), sqrt(dot_tokens(slope, slope)));
}
