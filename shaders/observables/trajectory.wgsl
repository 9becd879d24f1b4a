// Makes a trajectory's entry of the state that was kept, in its place: an invocation a run and recorded time.
@compute @workgroup_size(WORKGROUP)
fn record(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x % max(batch.recorded, 1u);
  let slot = id.x / max(batch.recorded, 1u);
  if (id.x >= batch.recorded * batch.slots) { return; }
  var words = array<f32, STATE_WORDS>();
  for (var at = 0; at < opaque(TARGET_AT); at++) {
    words[at] = bitcast<f32>(trajectories[trajectory_word(run, slot, u32(at) + 1u)]);
  }
  for (var at = TARGET_AT; at < opaque(STATE_WORDS); at++) {
    words[at] = states[u32(at) * batch.stride + run];
  }
  var s = state_of(&words);
  let p = normalizer_forward(s.logits);
  let y = output_of(&s, p);
  let pull = pull_at(&s, p, y);
  let norms = value_norms(&s);
  var entry = array<f32, 4 * TOKENS + 3>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    entry[i] = s.logits[i];
    entry[TOKENS + i] = p[i];
    entry[2 * TOKENS + i] = pull.alignments[i];
    entry[3 * TOKENS + i] = norms[i];
  }
  entry[4 * TOKENS] = loss_value(y, s.aim);
  entry[4 * TOKENS + 1] = pull.values_gradient;
  entry[4 * TOKENS + 2] = pull.logits_gradient;
  for (var at = 0; at < opaque(4 * TOKENS + 3); at++) {
    trajectories[trajectory_word(run, slot, u32(at) + 1u)] = bitcast<u32>(entry[at]);
  }
}
