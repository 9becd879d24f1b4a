// Histograms over all runs of a point at every recorded time, of integers, so that the order of runs does not matter.
// Twin: src/model/tallies.ts
struct Bins {
  first: u32, // the lowest bin: the bits of a float32, shifted
  shift: u32, // bits of a float32's fraction that are cut off
}
const FIRST_WITHOUT_SHARES = TALLIED - 1; // of the kinds that are tallied, only the loss needs no shares

// Adds a number of each kind that is tallied of a run, from kind `first` on. Negative numbers count as 0, and what is not finite is left out.
// Of a sampled run the word that was counted is kept too, for verification.
fn tally(slot: u32, numbers: array<f32, TALLIED>, first: i32) {
  var x = numbers;
  var bins = BINS;
  let own = batch.tallies_at + point * batch.tally_words;
  for (var kind = first; kind < opaque(TALLIED); kind++) {
    if (is_non_finite(x[kind])) { continue; }
    let bits = select(0u, bitcast<u32>(x[kind]), x[kind] > 0.0);
    let bin = u32(clamp(i32(bits >> bins[kind].shift) - i32(bins[kind].first), 0, TALLY_BINS - 1));
    let at = (u32(kind) * batch.slots + slot) * u32(TALLY_BINS + 2);
    atomicAdd(&tallies[own + at + bin], 1u);
    if (sample != NONE) { atomicStore(&tallies[batch.ledger_at + (sample * batch.slots + slot) * u32(TALLIED) + u32(kind)], 1u + at + bin); }
    let largest = own + at + u32(TALLY_BINS);
    // An extreme is seldom new, and a load is cheaper than an atomic maximum.
    if (bits > atomicLoad(&tallies[largest])) { atomicMax(&tallies[largest], bits); }
    if (~bits > atomicLoad(&tallies[largest + 1u])) { atomicMax(&tallies[largest + 1u], ~bits); }
  }
}
