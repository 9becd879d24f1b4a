// Makes the entries of trajectories from the states that are kept behind them. A run's lanes make the entry of one recorded time.
@compute @workgroup_size(WORKGROUP)
fn record(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let place = batch.first_place + place_of(id, group);
  let index = place % max(batch.recorded, 1u);
  let slot = place / max(batch.recorded, 1u);
  if (agreed(place >= batch.end_place)) { return; }
  let run = recorded_run(index);
  take_run(run);
  var a = Tokens();
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) { a[i] = bitcast<f32>(trajectories[trajectory_word(run, slot, ENTRY_WORDS + token_of(i))]); }
  }
  var s = state_with(run, a, recorded_values(run, slot));
  let z = logits_of(&s);
  let p = normalizer_forward(z);
  let y = output_of(&s, p);
  let pull = pull_at(&s, z, p, y);
  keep_tokens(run, slot, ENTRY_WEIGHTS_AT, p);
  keep_tokens(run, slot, ENTRY_LOGITS_AT, z);
  keep_tokens(run, slot, ENTRY_ALIGNMENTS_AT, pull.alignments);
  keep_tokens(run, slot, ENTRY_VALUE_NORMS_AT, value_norms(&s));
  keep_number(run, slot, ENTRY_LOSS_AT, loss_value(y, s.aim));
  keep_number(run, slot, ENTRY_GRADIENT_NORMS_AT, pull.values_gradient);
  keep_number(run, slot, ENTRY_GRADIENT_NORMS_AT + 1u, pull.logits_gradient);
  count_done(DONE_RECORD);
}

// Writes a series of the entry; it begins at ENTRY_…_AT. (The loop: see `opaque` in bindings.wgsl.)
fn keep_tokens(run: u32, slot: u32, at: u32, x: Tokens) {
  var words = x;
  for (var i = 0; i < opaque(TOKENS); i++) {
    if (is_here(i)) { trajectories[trajectory_word(run, slot, at + token_of(i))] = bitcast<u32>(words[i]); }
  }
}

fn keep_number(run: u32, slot: u32, at: u32, x: f32) {
  if (lane == 0u) { trajectories[trajectory_word(run, slot, at)] = bitcast<u32>(x); }
}
