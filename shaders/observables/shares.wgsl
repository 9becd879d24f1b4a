// What the weights say: shares are |p|/Σ|p|.   Twin: src/reference/observables.ts
struct Shares {
  sink: u32,      // NONE where Σ|p| = 0; the rest is then undefined
  share: f32,
  shortfall: f32, // 1 − share, summed from the others
  entropy: f32,   // nats
}

// Index of the largest entry, the lowest on ties.
fn leader(x: Tokens) -> u32 {
  var best = 0u;
  var largest = x[0];
  for (var i = 1; i < TOKENS; i++) { // unroll
    best = select(best, u32(i), x[i] > largest);
    largest = max(largest, x[i]);
  }
  return best;
}

// Index of the largest entry; NONE if it is tied.
fn unique_leader(x: Tokens) -> u32 {
  let largest = max_tokens(x);
  var found = 0u; // 2¹⁶ for each that reaches it, plus their indices: at most 4096·(2¹⁶ + 2¹¹), so it cannot wrap
  for (var i = 0; i < TOKENS; i++) { // unroll
    found += select(0u, 0x10000u + u32(i), x[i] == largest);
  }
  return select(found - 0x10000u, NONE, found >= 0x20000u);
}

fn shares_of(p: Tokens) -> Shares {
  let magnitudes = abs_tokens(p);
  let sink = leader(magnitudes);
  let largest = max_tokens(magnitudes);
  var others = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    others += select(magnitudes[i], 0.0, u32(i) == sink);
  }
  let total = others + largest;
  if (total == 0.0) { return Shares(NONE, 0.0, 0.0, 0.0); }
  let share = largest / total;
  let shortfall = others / total;
  var entropy = share * minus_log_1m(shortfall);
  for (var i = 0; i < TOKENS; i++) { // unroll
    let s = select(magnitudes[i] / total, 0.0, u32(i) == sink);
    entropy -= s * log(max(s, 0x1p-126)); // 0 log 0 = 0
  }
  return Shares(sink, share, shortfall, entropy);
}
