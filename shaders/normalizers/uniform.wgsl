// The same weight for every token, whatever the logits.   Twin: src/reference/normalizers/uniform.ts
fn normalizer_forward(a: Tokens) -> Tokens {
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    p[i] = 1.0 / f32(ALL_TOKENS);
  }
  return p;
}

// Jᵀc = 0
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  return Tokens();
}
