// Keeps the state of the first runs as one entry of their trajectories.
@compute @workgroup_size(WORKGROUP)
fn record(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x;
  if (run >= batch.recorded) { return; }
  var s = load_state(run);
  let p = normalizer_forward(s.logits);
  let at = batch.slot * u32(2 * TOKENS + 1);
  for (var i = 0; i < TOKENS; i++) { // unroll
    trajectories[(at + u32(i)) * batch.recorded + run] = s.logits[i];
    trajectories[(at + u32(TOKENS + i)) * batch.recorded + run] = p[i];
  }
  trajectories[(at + u32(2 * TOKENS)) * batch.recorded + run] = loss_value(output_of(&s, p), s.aim);
}
