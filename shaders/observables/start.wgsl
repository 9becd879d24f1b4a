// What is known of a run before its first step: the entropy, which token leads by each measure, and the step's length.
// Twin: src/reference/simulate.ts
@compute @workgroup_size(WORKGROUP)
fn start(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  lane = lane_of(local);
  let run = batch.first_place + place_of(id, group);
  if (agreed(run >= batch.end_place)) { return; }
  take_run(run);
  var s = load_state(run);
  let z = logits_of(&s);
  let p = normalizer_forward(z);
  var stages = Stages();
  stages[0] = moved_slope(&s, &stages, Motion(), 0, z, p);
  let pull = pull_at(&s, z, p, stages[0].y);
  let drawn = load_tokens(run, STATE_SQUARED_NORMS_AT); // without roots: those of different squares may be equal
  store_vector(VECTOR_INITIAL_LOGITS, run, z);
  store_vector(VECTOR_INITIAL_ALIGNMENTS, run, pull.alignments);
  var row = ABSENT_ROW;
  let shares = shares_of(p);
  if (shares.top != NONE) { row[COLUMN_INITIAL_ENTROPY] = bitcast<u32>(shares.entropy); }
  row[COLUMN_BY_LOGIT] = unique_leader(z);
  row[COLUMN_BY_ALIGNMENT] = unique_leader(pull.alignments);
  row[COLUMN_BY_ABS_ALIGNMENT] = unique_leader(abs_tokens(pull.alignments));
  row[COLUMN_BY_VALUE_NORM] = unique_leader(drawn);
  set_columns_at_start(&row, &s, z, p, stages[0].y, pull.alignments);
  for (var at = 0u; at < CROSSINGS; at++) {
    if (is_crossed_at_start(at, p, stages[0].y, s.aim)) { row[crossing_column(at)] = bitcast<u32>(0.0); }
  }
  store_row(run, &row);

  var progress = Progress();
  progress.leader = unique_leader(abs_tokens(p));
  progress.polarization_time = NEVER;
  progress.log_time = LOG_TIME_ZERO;
  progress.status = health(stages[0].y, s.attention);
  let steep = lanes_any(!is_finite_here(stages[0].x[0]));
  if (progress.status == RUNNING && steep) { progress.status = STATUS_NON_FINITE; }
  if (excess(abs_tokens(p), POLARIZED_AT) >= 0.0) { progress.polarization_time = 0.0; }
  store_slope(run, stages[0]);
  if (ADAPTIVE) { progress.step = first_step(&s, &stages, between(progress.now, end_moment())); }
  if (!ADAPTIVE) { record_due(run, &progress, &s, &stages, 0.0); } // step 0; a time is never 0
  store_progress(run, &progress);
  if (lane == 0u) { atomicStore(&tallies[list_word(0u, run)], run); }
  count_done(DONE_START);
}
