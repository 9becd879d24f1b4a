// Whether one more step would leave the state as it is, bit for bit.
fn stands(run: u32, s: ptr<function, State>) -> bool {
  var stages = Stages();
  stages[0] = slope_of(s, &stages, load_slope(run).w[0]);
  take_stages(s, &stages, STEP, STAGES);
  let motion = combined(WEIGHTS, STEP, STAGES);
  let next = moved_attention(s, &stages, motion, STAGES);
  var same = true;
  for (var i = 0; i < TOKENS; i++) { // unroll
    same &= !is_here(i) || bitcast<u32>(next[i]) == bitcast<u32>((*s).attention[i]);
  }
  if (TRAIN_VALUES) { same &= values_stand(s, &stages, motion); }
  return !lanes_any(!same);
}
