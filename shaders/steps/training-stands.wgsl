// Whether one more step would leave the state as it is, bit for bit.
fn stands(run: u32, s: ptr<function, State>) -> bool {
  var stages = Stages();
  stages[0] = slope_of(s, &stages, load_slope(run).w[0]);
  let k = load_progress(run).steps;
  let rate = rate_at(k);
  begin_step(s, &stages, k);
  var same = true;
  if (TRAIN_LOGITS) {
    var next = *s;
    train_logits(&next, &stages, rate);
    for (var i = 0; i < TOKENS; i++) { // unroll
      same &= !is_here(i) || bitcast<u32>(next.attention[i]) == bitcast<u32>((*s).attention[i]);
    }
  }
  if (TRAIN_VALUES) { same &= values_stand(s, &stages, rate, k); }
  return !lanes_any(!same);
}
