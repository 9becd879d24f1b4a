// How a run ended: its row of results.   Twin: the end of src/reference/simulate.ts
@compute @workgroup_size(WORKGROUP)
fn end(@builtin(global_invocation_id) id: vec3u) {
  let run = id.x;
  if (run >= batch.stride) { return; }
  var w = load_watch(run);
  var s = load_state(run);
  let p = normalizer_forward(s.logits);
  let y = output_of(&s, p);
  if (w.status == STATUS_COMPLETED) {
    w.steps = batch.last_step;
    if (watch(&w, &s, p, y, batch.last_step) && stands(&s, p, y)) { w.status = STATUS_STALLED; }
  }
  store_u32(COLUMN_STATUS, run, w.status);
  store_u32(COLUMN_STEPS, run, w.steps);
  store_u32(COLUMN_POLARIZATION_STEP, run, w.polarization_step);
  store_u32(COLUMN_LOCK_IN_STEP, run, w.lock_in_step);
  store_f32(COLUMN_LOSS, run, loss_value(y, s.aim));

  let pull = pull_at(&s, p, y);
  store_f32(COLUMN_VALUES_GRADIENT_NORM, run, pull.values_gradient);
  store_f32(COLUMN_LOGITS_GRADIENT_NORM, run, pull.logits_gradient);
  store_f32(COLUMN_LARGEST_VALUE, run, largest_value(&s));
  store_f32(COLUMN_LARGEST_LOGIT, run, max_tokens(abs_tokens(s.logits)));
  store_f32(COLUMN_LOGIT_GAP, run, gap_of(s.logits));
  store_vector(VECTOR_WEIGHTS, run, p);
  store_vector(VECTOR_LOGITS, run, s.logits);
  store_vector(VECTOR_ALIGNMENTS, run, pull.alignments);

  let shares = shares_of(p);
  store_u32(COLUMN_SINK, run, shares.sink);
  var negative = 0u;
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (u32(i) == shares.sink && p[i] < 0.0) { negative = 1u; }
  }
  store_u32(COLUMN_NEGATIVE, run, negative);
  if (shares.sink == NONE) {
    store_u32(COLUMN_SINK_SHARE, run, NAN);
    store_u32(COLUMN_SHORTFALL, run, NAN);
    store_u32(COLUMN_ENTROPY, run, NAN);
    store_u32(COLUMN_SINK_NORM, run, NAN);
    store_u32(COLUMN_NORM_RATIO, run, NAN);
    store_u32(COLUMN_RANK_BY_LOGIT, run, NONE);
    store_u32(COLUMN_RANK_BY_ALIGNMENT, run, NONE);
  } else {
    store_f32(COLUMN_SINK_SHARE, run, shares.share);
    store_f32(COLUMN_SHORTFALL, run, shares.shortfall);
    store_f32(COLUMN_ENTROPY, run, shares.entropy);
    let norms = value_norms(&s);
    let sink_norm = at_token(norms, shares.sink);
    let median = median_of(norms);
    store_f32(COLUMN_SINK_NORM, run, sink_norm);
    if (median > 0.0) { store_f32(COLUMN_NORM_RATIO, run, sink_norm / median); } else { store_u32(COLUMN_NORM_RATIO, run, NAN); }
    store_u32(COLUMN_RANK_BY_LOGIT, run, rank_of(load_vector(VECTOR_INITIAL_LOGITS, run), shares.sink));
    store_u32(COLUMN_RANK_BY_ALIGNMENT, run, rank_of(load_vector(VECTOR_INITIAL_ALIGNMENTS, run), shares.sink));
  }
}

// Whether one more step would leave the state as it is, bit for bit: float32 Euler stalls late (increments below half an ulp).
fn stands(s: ptr<function, State>, p: Tokens, y: Vector) -> bool {
  var next = *s;
  advance(&next, p, y);
  var same = true;
  for (var i = 0; i < TOKENS; i++) { // unroll
    same &= bitcast<u32>(next.logits[i]) == bitcast<u32>((*s).logits[i]);
    for (var k = 0; k < DIM; k++) { // unroll
      same &= bitcast<u32>(next.values[i][k]) == bitcast<u32>((*s).values[i][k]);
    }
  }
  return same;
}
