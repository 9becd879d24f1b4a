// Pulls c = Vᵀg as they enter Jᵀc. Where weights are shares the columns of J sum to 0, so the pull of the largest weight is subtracted
// from all. Late in a run it is about τ and nearly all of the mean p·c: without that, rounding would lose the sink's slope p(c − p·c).
fn slope_pull(p: Tokens, c: Tokens) -> Tokens {
  if (!WEIGHTS_ARE_SHARES) { return c; }
  var largest = LOWEST;
  var origin = LOWEST;
  for (var i = 0; i < TOKENS; i++) { // unroll
    let larger = p[i] > largest && is_here(i);
    largest = select(largest, p[i], larger);
    origin = select(origin, c[i], larger);
  }
  origin = lanes_max(select(LOWEST, origin, largest == lanes_max(largest)));
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = c[i] - origin;
  }
  return out;
}
