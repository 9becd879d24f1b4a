// Makes a trajectory's entry of the state that was kept behind it: the lanes of a run for each recorded time.
@compute @workgroup_size(WORKGROUP)
fn record(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let place = batch.first_place + place_of(id, group);
  let run = place % max(batch.recorded, 1u);
  let slot = place / max(batch.recorded, 1u);
  if (agreed(place >= batch.recorded * batch.slots)) { return; }
  var a = Tokens();
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) { a[i] = bitcast<f32>(trajectories[trajectory_word(run, slot, ENTRY_WORDS + token_of(i))]); }
  }
  var s = state_with(run, a, recorded_values(run, slot));
  let z = logits_of(&s);
  let p = normalizer_forward(z);
  let y = output_of(&s, p);
  let pull = pull_at(&s, z, p, y);
  let norms = value_norms(&s);
  var entry = array<Tokens, 4>(z, p, pull.alignments, norms);
  for (var part = 0; part < opaque(4); part++) {
    for (var i = 0; i < opaque(TOKENS); i++) {
      let at = 1u + u32(part) * ALL_TOKENS + token_of(i);
      if (is_here(i)) { trajectories[trajectory_word(run, slot, at)] = bitcast<u32>(entry[part][i]); }
    }
  }
  let loss = loss_value(y, s.aim);
  if (lane == 0u) {
    let at = 1u + 4u * ALL_TOKENS;
    trajectories[trajectory_word(run, slot, at)] = bitcast<u32>(loss);
    trajectories[trajectory_word(run, slot, at + 1u)] = bitcast<u32>(pull.values_gradient);
    trajectories[trajectory_word(run, slot, at + 2u)] = bitcast<u32>(pull.logits_gradient);
  }
}
