// Sigmoids over their sum, computed as the softmax of log σ(a_i) = −log(1 + e^(−a_i)), which can't be 0/0.
// Twin: src/reference/normalizers/sigmoid-norm.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  var logarithm = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    logarithm[i] = -softplus(-a[i]);
  }
  let largest = max_tokens(logarithm);
  var s = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    s[i] = exp(logarithm[i] - largest);
  }
  return over_sum(s, sum_tokens(s));
}

// Jᵀc = p_i (1 − σ(a_i)) (c_i − p·c)
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  let mean = dot_tokens(p, c);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    let e = exp(-abs(a[i]));
    out[i] = p[i] * select(1.0, e, a[i] >= 0.0) / (1.0 + e) * (c[i] - mean);
  }
  return out;
}
