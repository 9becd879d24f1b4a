// 1.5-entmax (Peters, Niculae, Martins, arXiv 1905.05702): p_i = max(a_i/2 − τ, 0)², with τ such that Σp = 1: between softmax and sparsemax.
// With s_i = √p_i its Jacobian is diag(s) − s sᵀ/Σs, so Jᵀc = s_i (c_i − Σ s_j c_j / Σ s_j).
//   sinkflow run examples/definitions/entmax15.yaml --define examples/definitions/entmax15.mjs
import { defineNormalizer } from "sinkflow";

export default defineNormalizer({
  kind: "entmax15",
  says: "1.5-entmax: max(a/2 − τ, 0)² with the sum 1",
  // Newton's method on Σ max(x_i − τ, 0)² = 1 from the left of its root: the sum is convex and falls, so τ rises to the root, and an excess
  // of ε becomes one of ε²/4 at most. Sums and maxima over tokens go through sum_tokens and max_tokens, and what branches on them through
  // agreed: on a device tokens may be dealt over lanes.
  wgsl: `
fn entmax_roots(a: Tokens) -> Tokens {
  let largest = max_tokens(a);
  var s = Tokens();
  var tau = -1.0; // relative to half the largest logit
  for (var round = 0; round < 30; round++) {
    var squares = Tokens();
    for (var i = 0; i < TOKENS; i++) { // unroll
      s[i] = max(0.5 * (a[i] - largest) - tau, 0.0);
      squares[i] = s[i] * s[i];
    }
    let excess = sum_tokens(squares) - 1.0;
    tau += 0.5 * excess / sum_tokens(s);
    if (agreed(excess < 1e-4)) { break; }
  }
  for (var i = 0; i < TOKENS; i++) { // unroll
    s[i] = max(0.5 * (a[i] - largest) - tau, 0.0);
  }
  return s;
}

fn normalizer_forward(a: Tokens) -> Tokens {
  let s = entmax_roots(a);
  var p = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    p[i] = s[i] * s[i];
  }
  return over_sum(p, sum_tokens(p));
}

fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens {
  var s = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    s[i] = sqrt(p[i]);
  }
  let mean = dot_tokens(s, c) / sum_tokens(s);
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = s[i] * (c[i] - mean);
  }
  return out;
}`,
  // In float64 τ is exact: with the k largest logits as the support it is a root of a quadratic (algorithm 2 of the paper).
  forward: (a) => {
    const sorted = a.map((x) => (x - Math.max(...a)) / 2).sort((x, y) => y - x);
    let [sum, squares, tau] = [0, 0, 0];
    for (let k = 1; k <= sorted.length; k++) {
      const x = sorted[k - 1];
      sum += x;
      squares += x ** 2;
      const mean = sum / k;
      const inside = (1 - (squares - k * mean ** 2)) / k;
      const next = mean - Math.sqrt(Math.max(inside, 0));
      if (inside < 0 || next > x) break; // this logit is outside the support
      tau = next;
    }
    const p = a.map((x) => Math.max((x - Math.max(...a)) / 2 - tau, 0) ** 2);
    const total = p.reduce((all, x) => all + x, 0);
    return p.map((x) => x / total);
  },
  pullback: (_a, p, c) => {
    const s = p.map(Math.sqrt);
    const mean = s.reduce((sum, x, i) => sum + x * c[i], 0) / s.reduce((sum, x) => sum + x, 0);
    return s.map((x, i) => x * (c[i] - mean));
  },
});
