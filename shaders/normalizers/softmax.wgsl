// Softmax with a temperature.   Twin: src/reference/normalizers/softmax.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  let largest = max_tokens(a);
  let inverse = 1.0 / NORMALIZER_TEMPERATURE;
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
  let inverse = 1.0 / NORMALIZER_TEMPERATURE;
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = p[i] * (c[i] - mean) * inverse;
  }
  return out;
}
