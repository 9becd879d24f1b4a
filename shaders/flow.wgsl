// The flow of one run from `first_step` to `last_step`: forward pass, observation, gradients and update in one loop,
// the state in registers. Runs that have ended stay as they are.
@compute @workgroup_size(WORKGROUP)
fn flow(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x;
  if (run >= batch.stride) { return; }
  var w = load_watch(run);
  if (w.status != STATUS_COMPLETED) { return; }
  var s = load_state(run);
  for (var step = batch.first_step; step < batch.last_step; step++) {
    let p = normalizer_forward(s.logits);
    let y = output_of(&s, p);
    if (!watch(&w, &s, p, y, step)) { break; }
    advance(&s, p, y);
  }
  store_state(run, &s);
  store_watch(run, w);
}
