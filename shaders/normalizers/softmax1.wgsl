// Softmax with an additional logit 0 that belongs to no token: e^a_i / (1 + Σ e^a_j).   Twin: src/reference/normalizers/softmax1.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  let largest = max(max_tokens(a), 0.0);
  var e = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    e[i] = exp(a[i] - largest);
  }
  let scale = 1.0 / (exp(-largest) + sum_tokens(e));
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    p[i] = e[i] * scale;
  }
  return p;
}

// Jᵀc
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  let mean = dot_tokens(p, c);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = p[i] * (c[i] - mean);
  }
  return out;
}
