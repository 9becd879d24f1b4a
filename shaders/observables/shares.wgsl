// Shares of the tokens, |p|/Σ|p|, and what follows from them.   Twin: src/reference/observables.ts
struct Shares {
  top: u32,       // the token of the largest share, the lowest on ties; NONE where Σ|p| = 0, and then the shares are undefined
  total: f32,     // Σ|p|
  share: f32,
  shortfall: f32, // 1 − share, as the sum of the other shares
  entropy: f32,   // nats
}

// Index of the largest entry, the lowest on ties.
fn leader(x: Tokens) -> u32 {
  return lowest_of(x, max_tokens(x));
}

// Index of the first entry that is `value`; one must be.
fn lowest_of(x: Tokens, value: f32) -> u32 {
  var before_end = 0.0; // ALL_TOKENS minus the index, exact as a float32
  for (var i = 0; i < TOKENS; i++) { // unroll
    before_end = max(before_end, select(0.0, f32(ALL_TOKENS - token_of(i)), x[i] == value && is_here(i)));
  }
  return ALL_TOKENS - u32(lanes_max(before_end));
}

// Index of the largest entry; NONE if it is tied.
fn unique_leader(x: Tokens) -> u32 {
  let found = sum_of_leaders(x, max_tokens(x));
  return select(u32(found) - u32(MAX_TOKENS), NONE, found >= TIED);
}

// The sum of MAX_TOKENS + index over all entries that are the largest. An index is below MAX_TOKENS; exact as a float32 where there is one.
fn sum_of_leaders(x: Tokens, largest: f32) -> f32 {
  var found = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    found += select(0.0, f32(MAX_TOKENS) + f32(token_of(i)), x[i] == largest && is_here(i));
  }
  return lanes_sum(found);
}
const TIED = 2.0 * f32(MAX_TOKENS); // reached by the sum over two entries, never by one

fn shares_of(p: Tokens) -> Shares {
  let magnitudes = abs_tokens(p);
  let largest = max_tokens(magnitudes);
  let top = lowest_of(magnitudes, largest);
  var rest = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    rest[i] = select(magnitudes[i], 0.0, token_of(i) == top);
  }
  let others = sum_tokens(rest);
  let total = others + largest;
  let share = largest / total;
  let shortfall = others / total;
  var terms = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    let s = rest[i] / total;
    terms[i] = s * log(max(s, 0x1p-126)); // 0 log 0 = 0
  }
  let entropy = share * minus_log_1m(shortfall) - sum_tokens(terms);
  return Shares(select(top, NONE, total == 0.0), total, share, shortfall, entropy);
}
