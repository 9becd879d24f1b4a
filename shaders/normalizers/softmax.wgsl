// Softmax with a temperature T.   Twin: src/reference/normalizers/softmax.ts

// 1/T; where T is 1 for all points, a constant, so that multiplications by it fall away.
fn inverse_temperature() -> f32 {
  if (!TEMPERED) { return 1.0; }
  return 1.0 / NORMALIZER_TEMPERATURE;
}

fn normalizer_forward(a: Tokens) -> Tokens {
  let largest = max_tokens(a);
  let inverse = inverse_temperature();
  var e = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    e[i] = exp((a[i] - largest) * inverse);
  }
  let scale = 1.0 / sum_tokens(e);
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    p[i] = e[i] * scale;
  }
  return p;
}

// Jᵀc
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  let mean = dot_tokens(p, c);
  let inverse = inverse_temperature();
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = p[i] * (c[i] - mean) * inverse;
  }
  return out;
}
