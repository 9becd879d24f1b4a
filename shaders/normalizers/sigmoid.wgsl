// The sigmoid of each logit by itself.   Twin: src/reference/normalizers/sigmoid.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    let e = exp(-abs(a[i]));
    p[i] = select(e, 1.0, a[i] >= 0.0) / (1.0 + e);
  }
  return p;
}

// Jᵀc, with p(1 − p) = e/(1 + e)² for e = e^(−|a|), which does not cancel where p is near 1.
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    let e = exp(-abs(a[i]));
    out[i] = e / ((1.0 + e) * (1.0 + e)) * c[i];
  }
  return out;
}
