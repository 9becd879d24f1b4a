// The logits over their sum; weights may be negative.   Twin: src/reference/normalizers/sum.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  return over_sum(a, sum_tokens(a));
}

// Jᵀc = (c_i − p·c) / Σa
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  let mean = dot_tokens(p, c);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = c[i] - mean;
  }
  return over_sum(out, sum_tokens(a));
}
