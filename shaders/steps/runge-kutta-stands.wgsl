// Whether one more step would leave the state as it is, bit for bit: late in a run a fixed step's changes are below half an ulp.
fn stands(run: u32, s: ptr<function, State>) -> bool {
  var stages = Stages();
  stages[0] = slope_of(s, &stages, load_slope(run).w[0]);
  take_stages(s, &stages, STEP, STAGES);
  var same = true;
  let next = moved_attention(s, &stages, Motion(STEP, WEIGHTS), STAGES);
  for (var i = 0; i < TOKENS; i++) { // unroll
    same &= !is_here(i) || bitcast<u32>(next[i]) == bitcast<u32>((*s).attention[i]);
  }
  if (TRAIN_VALUES) { same &= values_stand(s, &stages, STEP); }
  return !lanes_any(!same);
}
