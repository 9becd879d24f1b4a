// max(a_i, 0) over their sum; all 0 where no logit is positive.   Twin: src/reference/normalizers/relu.ts
fn positive_part(a: Tokens) -> Tokens {
  var x = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    x[i] = max(a[i], 0.0);
  }
  return x;
}

fn normalizer_forward(a: Tokens) -> Tokens {
  let x = positive_part(a);
  return over_sum(x, sum_tokens(x));
}

// Jᵀc = (c_i − p·c) / Σ max(a, 0) where a_i > 0, else 0
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  let mean = dot_tokens(p, c);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = select(0.0, c[i] - mean, a[i] > 0.0);
  }
  return over_sum(out, sum_tokens(positive_part(a)));
}
