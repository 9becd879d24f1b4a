// Makes a run's row of results at its end; of sampled runs also on the way, for verification. A column that is not set here is absent, but
// what `start` put there stays.
// Twin: src/reference/simulate.ts
@compute @workgroup_size(WORKGROUP)
fn end(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let place = batch.first_place + place_of(id, group);
  if (agreed(place >= batch.end_place)) { return; }
  var run = place;
  if (batch.by_sample == 1u) { run = sampled_run(place); }
  take_run(run);
  var progress = load_progress(run);
  var s = load_state(run);
  let z = logits_of(&s);
  let p = normalizer_forward(z);
  let y = output_of(&s, p);
  if (!ADAPTIVE && !NOISY && agreed(progress.status == STATUS_COMPLETED)) {
    if (stands(run, &s)) { progress.status = STATUS_STALLED; }
  }
  let pull = pull_at(&s, z, p, y);
  store_vector(VECTOR_WEIGHTS, run, p);
  store_vector(VECTOR_LOGITS, run, z);
  store_vector(VECTOR_ALIGNMENTS, run, pull.alignments);

  var row = load_start(run);
  set_progress(&row, progress);
  row[COLUMN_LOSS] = bitcast<u32>(loss_value(y, s.aim));
  row[COLUMN_VALUES_GRADIENT_NORM] = bitcast<u32>(pull.values_gradient);
  row[COLUMN_LOGITS_GRADIENT_NORM] = bitcast<u32>(pull.logits_gradient);
  row[COLUMN_LARGEST_VALUE] = bitcast<u32>(largest_value(run, &s));
  row[COLUMN_LARGEST_LOGIT] = bitcast<u32>(max_tokens(abs_tokens(z)));
  row[COLUMN_LOGIT_GAP] = bitcast<u32>(gap_of(z));
  set_columns_at_end(&row, &s, z, p, y, pull.alignments);
  set_own_columns(&row, &s, z, p, pull.alignments, bitcast<f32>(row[COLUMN_LOSS]));
  let shares = shares_of(p);
  if (shares.top != NONE) {
    row[COLUMN_SINK_SHARE] = bitcast<u32>(shares.share);
    row[COLUMN_SHORTFALL] = bitcast<u32>(shares.shortfall);
    row[COLUMN_ENTROPY] = bitcast<u32>(shares.entropy);
    row[COLUMN_EFFECTIVE_TOKENS] = bitcast<u32>(exp(shares.entropy));
  }
  let sink = sink_of(p, shares);
  if (agreed(sink != NONE)) {
    set_sink(&row, run, &s, p, sink);
    set_fragility(&row, run, &s, z, p, y, sink);
    set_dominance(&row, run, z, sink);
  }
  store_row(run, &row);
  count_done(DONE_END);
}

// The columns of the run's status, steps and times.
fn set_progress(row: ptr<function, Row>, progress: Progress) {
  (*row)[COLUMN_STATUS] = progress.status;
  (*row)[COLUMN_STEPS] = progress.steps;
  (*row)[COLUMN_REJECTED] = progress.rejected;
  (*row)[COLUMN_TIME] = bitcast<u32>(flow_time(progress.now));
  (*row)[COLUMN_LOCK_IN_TIME] = bitcast<u32>(progress.lock_in_time);
  if (progress.polarization_time != NEVER) { (*row)[COLUMN_POLARIZATION_TIME] = bitcast<u32>(progress.polarization_time); }
  if (HAS_LOG_TIME && progress.log_time > LOG_TIME_ZERO) { (*row)[COLUMN_LOG_TIME] = bitcast<u32>(progress.log_time); }
}

// The columns that exist only where there is a sink.
fn set_sink(row: ptr<function, Row>, run: u32, s: ptr<function, State>, p: Tokens, sink: u32) {
  (*row)[COLUMN_SINK] = sink;
  (*row)[COLUMN_NEGATIVE] = select(0u, 1u, at_token(p, sink) < 0.0);
  let norms = value_norms(s);
  let sink_norm = at_token(norms, sink);
  let median = median_of(norms);
  (*row)[COLUMN_SINK_NORM] = bitcast<u32>(sink_norm);
  if (median > 0.0) { (*row)[COLUMN_NORM_RATIO] = bitcast<u32>(sink_norm / median); }
  (*row)[COLUMN_RANK_BY_LOGIT] = rank_of(load_vector(VECTOR_INITIAL_LOGITS, run), sink);
  (*row)[COLUMN_RANK_BY_ALIGNMENT] = rank_of(load_vector(VECTOR_INITIAL_ALIGNMENTS, run), sink);
}
