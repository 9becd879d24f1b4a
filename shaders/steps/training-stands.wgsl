// Whether one more step would leave the state as it is, bit for bit.
fn stands(run: u32, s: ptr<function, State>) -> bool {
  var stages = Stages();
  stages[0] = slope_of(s, &stages, load_slope(run).w[0]);
  let k = load_progress(run).steps;
  let rate = rate_at(k);
  is_first = k == 0u;
  begin_step(s, &stages);
  var same = true;
  if (TRAIN_LOGITS) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      var memory = Memory();
      for (var m = 0; m < MEMORY; m++) { // unroll
        memory[m] = logit_memory[m][i];
      }
      let next = stepped((*s).attention[i], stages[0].slope[i], rate, COUPLED_LOGITS, DECOUPLED_LOGITS, &memory);
      same &= !is_here(i) || bitcast<u32>(next) == bitcast<u32>((*s).attention[i]);
    }
  }
  if (TRAIN_VALUES) { same &= values_stand(s, &stages, rate); }
  return !lanes_any(!same);
}
