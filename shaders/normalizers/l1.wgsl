// |a_i| / Σ|a|.   Twin: src/reference/normalizers/l1.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  let magnitudes = abs_tokens(a);
  return over_sum(magnitudes, sum_tokens(magnitudes));
}

// Jᵀc = sign(a_i) (c_i − p·c) / Σ|a|
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  let mean = dot_tokens(p, c);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = sign(a[i]) * (c[i] - mean);
  }
  return over_sum(out, sum_tokens(abs_tokens(a)));
}
