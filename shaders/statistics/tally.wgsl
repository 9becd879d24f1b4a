// Histograms of all runs at every recorded time, in integers, so that the order of runs does not matter.
// Twin: src/model/tallies.ts
struct Bins {
  first: u32, // among float32 numbers cut to `23 − shift` bits of fraction
  shift: u32,
}
const FIRST_WITHOUT_SHARES = TALLIED - 1; // of what is tallied, the loss alone needs no shares

// Adds one number of each kind that is tallied, from kind `first` on; none is negative, and what is not finite is left out.
fn tally(slot: u32, numbers: array<f32, TALLIED>, first: i32) {
  var x = numbers;
  var bins = BINS;
  for (var kind = first; kind < opaque(TALLIED); kind++) {
    if (is_non_finite(x[kind])) { continue; }
    let bits = select(0u, bitcast<u32>(x[kind]), x[kind] > 0.0);
    let bin = u32(clamp(i32(bits >> bins[kind].shift) - i32(bins[kind].first), 0, TALLY_BINS - 1));
    let at = batch.tallies_at + (u32(kind) * batch.slots + slot) * u32(TALLY_BINS + 2);
    atomicAdd(&tallies[at + bin], 1u);
    let largest = at + u32(TALLY_BINS);
    // Seldom a new extreme: a look is cheaper than an exchange.
    if (bits > atomicLoad(&tallies[largest])) { atomicMax(&tallies[largest], bits); }
    if (~bits > atomicLoad(&tallies[largest + 1u])) { atomicMax(&tallies[largest + 1u], ~bits); }
  }
}
