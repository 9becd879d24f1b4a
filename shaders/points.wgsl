// The points that the runs of a batch belong to. A point's numbers are read when an invocation takes a run of it, into private variables: SEED,
// STEP, END_TICKS, NORMALIZER_… (src/gpu/points.ts declares them). Behind the numbers lies what all its runs share, the
// fixed part of starts and a design; then its recorded times, as Moments, and as flow times, rounded down.
// points: [point][numbers, base, schedule, times]; then the runs whose trajectories are kept, and those that are sampled, as places in the batch
var<private> run_taken: u32;
var<private> point: u32; // number of the point in the batch
var<private> sample: u32; // number of the sample that the run is, where histograms are kept; NONE if it is none

// The point that a run belongs to: the last one that does not begin behind it.
fn point_of(run: u32) -> u32 {
  var beyond = batch.points;
  var found = 0u;
  while (beyond - found > 1u) {
    let middle = (found + beyond) / 2u;
    if (points[middle * batch.point_words + FIRST_PLACE_AT] <= run) { found = middle; } else { beyond = middle; }
  }
  return found;
}

// Reads the numbers of the point that a run belongs to.
fn take_run(run: u32) {
  run_taken = run;
  point = point_of(run);
  read_numbers(point * batch.point_words);
  sample = NONE;
  if (batch.tallied == 1u) { sample = sample_number(run); }
}

// The number of a run in its ensemble.
fn run_number(run: u32) -> u32 {
  return FIRST_RUN + (run - FIRST_PLACE);
}

fn scheduled(slot: u32) -> Moment {
  let at = point * batch.point_words + NUMBERS + BASE_WORDS + 2u * slot;
  return Moment(points[at], bitcast<f32>(points[at + 1u]));
}

// A word of what all runs of the point share: BASE_….
fn base(at: u32) -> f32 {
  return bitcast<f32>(points[point * batch.point_words + NUMBERS + at]);
}

// A word of the design, BASE_…, which is the same for all points of a batch: that of the first one, so that a compiler knows that all runs
// read the same word. (It is read in the innermost loop: a number of the batch in its address makes a software driver compile five times as long.)
fn design_word(at: u32) -> f32 {
  return bitcast<f32>(points[NUMBERS + at]);
}

fn is_recorded(run: u32) -> bool {
  return run - FIRST_PLACE < RECORDED;
}

// The index of a recorded run among all that are.
fn recorded_index(run: u32) -> u32 {
  return RECORDED_BEFORE + (run - FIRST_PLACE);
}

fn recorded_run(index: u32) -> u32 {
  return points[batch.recorded_at + index];
}

fn sampled_run(sample: u32) -> u32 {
  return points[batch.sampled_at + sample];
}

// The number of the sample that a run is. Samples are in the order of runs.
fn sample_number(run: u32) -> u32 {
  var low = 0u;
  var high = batch.samples;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (sampled_run(middle) < run) { low = middle + 1u; } else { high = middle; }
  }
  let found = low < batch.samples && sampled_run(min(low, max(batch.samples, 1u) - 1u)) == run;
  return select(NONE, low, found);
}
