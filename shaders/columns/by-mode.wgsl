// The token of the mode that grows where weights are nearly equal: a_i + β·v_i/‖β‖ at the start is largest. With p = 1/n + δp the values' gains
// (β·δv_i)' = (s‖β‖²/n) δa_i and the logits' δa_i' = (s/n) β·δv_i, s = −ℓ′, have it as their one growing direction.
// Twin: src/reference/simulate.ts
fn column_by_mode(s: ptr<function, State>, z: Tokens, p: Tokens, y: Vector, alignments: Tokens) -> u32 {
  let along = pull_of(s, (*s).aim);
  let norm = sqrt(dot_vectors((*s).aim, (*s).aim));
  var mode = Tokens();
  for (var i = 0; i < TOKENS; i++) {
    mode[i] = z[i] + along[i] / norm;
  }
  return unique_leader(mode);
}
