// a_i² / Σa².   Twin: src/reference/normalizers/l2.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    squares[i] = a[i] * a[i];
  }
  return over_sum(squares, sum_tokens(squares));
}

// Jᵀc = 2 a_i (c_i − p·c) / Σa²
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  let mean = dot_tokens(p, c);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = 2.0 * a[i] * (c[i] - mean);
  }
  return over_sum(out, dot_tokens(a, a));
}
