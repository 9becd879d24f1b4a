// Counts the columns of the runs of a batch over each of its points, as integers, so that the order of runs does not matter. The words of a
// point lie behind its histograms. Numbers are looked at as bits alone: nothing is rounded, and no NaN is taken for a number.
// Twin: src/model/counted.ts, and `add` of the statistics in src/statistics.
//
// A place is REDUCED_EACH runs of one column, and its neighbors have those beside them. Behind the columns come the counts by time.
@compute @workgroup_size(WORKGROUP)
fn reduce(@builtin(global_invocation_id) id: vec3u) {
  let place = batch.first_place + id.x;
  if (place >= batch.end_place) { return; }
  count_done(DONE_REDUCE);
  let each = u32(WORKGROUP * REDUCED_EACH);
  let places = (batch.stride + each - 1u) / each * u32(WORKGROUP);
  let column = place / places;
  let within = place % places;
  let first = within / u32(WORKGROUP) * each + within % u32(WORKGROUP);
  for (var i = 0; i < opaque(REDUCED_EACH); i++) {
    let run = first + u32(i * WORKGROUP);
    if (run >= batch.stride) { break; }
    point = point_of(run);
    let own = batch.tallies_at + point * batch.tally_words + batch.counted_at;
    if (column < u32(COLUMNS)) { reduce_cell(own, column, run); } else { reduce_times(own, run); }
  }
  add_pending();
}

fn cell(column: u32, run: u32) -> u32 {
  return rows[column * batch.stride + run];
}

fn reduce_cell(own: u32, column: u32, run: u32) {
  var countings = COUNTINGS;
  var places = COUNTED_AT;
  var bins = COUNTED_BINS_AT;
  let counting = countings[column];
  let at = own + places[column];
  let word = cell(column, run);
  if (word == UNWRITTEN) {
    atomicAdd(&tallies[own], 1u);
  } else if (counting == COUNTING_STATUS) {
    atomicAdd(&tallies[at + select(word, 0u, word > MAX_STATUS)], 1u);
  } else if (!is_sound(cell(COLUMN_STATUS, run))) {
    return;
  } else if (counting == COUNTING_COUNT) {
    add_long(at, word);
    raise(at + 2u, word);
  } else if (counting == COUNTING_TOKEN) {
    if (word < u32(ALL_TOKENS)) { atomicAdd(&tallies[at + word], 1u); }
  } else if (counting == COUNTING_PREDICTOR) {
    let sink = cell(COLUMN_SINK, run);
    if (word != NONE && sink != NONE) {
      atomicAdd(&tallies[at], 1u);
      if (word == sink) { atomicAdd(&tallies[at + 1u], 1u); }
    }
  } else if (counting == COUNTING_FLAG) {
    if (word != NONE) {
      atomicAdd(&tallies[at], 1u);
      if (word == 1u) { atomicAdd(&tallies[at + 1u], 1u); }
    }
  } else if (counting == COUNTING_NUMBER || counting == COUNTING_SHARE) {
    let exponent = (word >> 23u) & 255u;
    let fraction = word & 0x7fffffu;
    if (exponent == 255u && fraction != 0u) { return; } // NaN: absent
    let key = select(word | 0x80000000u, ~word, (word >> 31u) == 1u);
    raise(at, ~key);
    raise(at + 1u, key);
    atomicAdd(&tallies[own + bins_at() + bins[column] + (key >> KEY_REST)], 1u);
    add_significand(at + 2u + 2u * (word >> 23u), fraction + select(0x800000u, 0u, exponent == 0u));
    // Neither is negative, so the order of bits is that of numbers.
    let threshold = points[point * batch.point_words + THRESHOLD_AT];
    if (counting == COUNTING_SHARE && word >= threshold) { atomicAdd(&tallies[at + NUMBER_WORDS], 1u); }
  }
}

// Where the bins of columns begin: behind the counts by time, whose number is no constant, so that no program depends on it.
fn bins_at() -> u32 {
  return COUNTED_TIMES_AT + select(0u, 3u * (batch.slots + 1u), batch.tallied == 1u);
}

// Counts when a run goes unsound, and when it polarizes.
fn reduce_times(own: u32, run: u32) {
  let slots = batch.slots + 1u;
  let at = own + COUNTED_TIMES_AT;
  var end = batch.slots;
  if (!is_sound(cell(COLUMN_STATUS, run))) { end = slot_of(cell(COLUMN_TIME, run)); }
  let polarizes = slot_of(cell(COLUMN_POLARIZATION_TIME, run));
  atomicAdd(&tallies[at + end], 1u);
  if (polarizes < end) {
    atomicAdd(&tallies[at + slots + polarizes], 1u);
    atomicAdd(&tallies[at + 2u * slots + end], 1u);
  }
}

// The first recorded time that is not before one, given by its bits; their number if there is none, as for NaN. Times are not negative, so
// their order is that of their bits.
fn slot_of(time: u32) -> u32 {
  let bits = select(time, 0u, time == 0x80000000u);
  let times = point * batch.point_words + NUMBERS + BASE_WORDS + 2u * batch.slots;
  var low = 0u;
  var high = batch.slots;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (points[times + middle] >= bits) { high = middle; } else { low = middle + 1u; }
  }
  return low;
}

// An extreme is seldom new, and a load is cheaper than an atomic maximum.
fn raise(at: u32, x: u32) {
  if (x > atomicLoad(&tallies[at])) { atomicMax(&tallies[at], x); }
}

// Adds to a number of 64 bits, the lower word first. Each time the lower word passes 2³² one addition carries.
fn add_long(at: u32, x: u32) {
  let before = atomicAdd(&tallies[at], x);
  if (before + x < before) { atomicAdd(&tallies[at + 1u], 1u); }
}

// What is not added yet, and where: most numbers of a place have one exponent. Below 2³², as REDUCED_EACH is at most 256.
var<private> pending: u32;
var<private> pending_at: u32;

fn add_significand(at: u32, significand: u32) {
  if (at != pending_at) { add_pending(); }
  pending_at = at;
  pending += significand;
}

fn add_pending() {
  if (pending != 0u) { add_long(pending_at, pending); }
  pending = 0u;
}
