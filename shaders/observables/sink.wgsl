// Which token is the sink at the end of a run.   Twin: src/reference/observables.ts

// The token of the largest share; NONE where Σ|p| = 0 and where the two largest shares are tied (src/model/ties.ts).
fn sink_of(p: Tokens, shares: Shares) -> u32 {
  var rest = abs_tokens(p);
  for (var i = 0; i < TOKENS; i++) {
    rest[i] = select(rest[i], 0.0, token_of(i) == shares.top);
  }
  let second = max_tokens(rest) / shares.total;
  // The bits of numbers from 0 up have their order.
  return select(shares.top, NONE, bitcast<u32>(second) + TIED_WITHIN >= bitcast<u32>(shares.share));
}
