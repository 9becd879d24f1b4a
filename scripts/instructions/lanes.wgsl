// Sums and maxima over the lanes of a run, for the flows by hand.
fn sum_of_lanes(x: f32) -> f32 {
  var sum = x;
  for (var level = 0; level < LEVELS; level++) { // unroll
    sum += subgroupShuffleXor(sum, 1u << u32(level));
  }
  return sum;
}

fn most_of_lanes(x: f32) -> f32 {
  var most = x;
  for (var level = 0; level < LEVELS; level++) { // unroll
    most = max(most, subgroupShuffleXor(most, 1u << u32(level)));
  }
  return most;
}
