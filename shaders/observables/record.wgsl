// Keeps the state of the first runs as one entry of their trajectories.
@compute @workgroup_size(WORKGROUP)
fn record(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x;
  if (run >= batch.recorded) { return; }
  var s = load_state(run);
  let p = normalizer_forward(s.logits);
  let y = output_of(&s, p);
  let pull = pull_at(&s, p, y);
  let norms = value_norms(&s);
  let at = batch.slot * u32(4 * TOKENS + 3);
  for (var i = 0; i < TOKENS; i++) { // unroll
    trajectories[(at + u32(i)) * batch.recorded + run] = s.logits[i];
    trajectories[(at + u32(TOKENS + i)) * batch.recorded + run] = p[i];
    trajectories[(at + u32(2 * TOKENS + i)) * batch.recorded + run] = pull.alignments[i];
    trajectories[(at + u32(3 * TOKENS + i)) * batch.recorded + run] = norms[i];
  }
  trajectories[(at + u32(4 * TOKENS)) * batch.recorded + run] = loss_value(y, s.aim);
  trajectories[(at + u32(4 * TOKENS + 1)) * batch.recorded + run] = pull.values_gradient;
  trajectories[(at + u32(4 * TOKENS + 2)) * batch.recorded + run] = pull.logits_gradient;
}
