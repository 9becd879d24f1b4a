// Sparsemax, the nearest point of the simplex (Martins and Astudillo, arXiv 1602.02068): max(a_i − τ, 0) with Σ = 1.
// Twin: src/reference/normalizers/sparsemax.ts
//
// τ by Newton's method on Σ max(a_i − τ, 0) = 1, from the left of its root. The sum is convex and piecewise linear in τ, so τ rises to
// the root in at most n steps, and tokens leave the support on the way.
fn normalizer_forward(a: Tokens) -> Tokens {
  let largest = max_tokens(a);
  var tau = -1.0; // relative to the largest logit
  var support = 0.0;
  for (var round = 0u; round < ALL_TOKENS; round++) {
    var count = 0.0;
    var sum = 0.0;
    for (var i = 0; i < TOKENS; i++) { // unroll
      let x = a[i] - largest;
      count += select(0.0, 1.0, x > tau && is_here(i));
      sum += select(0.0, x, x > tau && is_here(i));
    }
    count = lanes_sum(count);
    sum = lanes_sum(sum);
    if (agreed(count == support)) { break; }
    support = count;
    tau = (sum - 1.0) / count;
  }
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    p[i] = max(a[i] - largest - tau, 0.0);
  }
  return p;
}

// Jᵀc = c_i − the mean of c over the support, on the support
fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  var supported = Tokens();
  var pulls = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    supported[i] = select(0.0, 1.0, p[i] > 0.0);
    pulls[i] = select(0.0, c[i], p[i] > 0.0);
  }
  let mean = sum_tokens(pulls) / sum_tokens(supported);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = select(0.0, c[i] - mean, p[i] > 0.0);
  }
  return out;
}
