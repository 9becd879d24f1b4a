// Sums and maxima over the SUBGROUP_LANES lanes of a run in one subgroup: a power of two, and no more than any subgroup holds. They go
// pairwise, at doubling distances, and x + y is y + x: every lane gets the same number, to the bit.
fn subgroup_sum(x: f32) -> f32 {
  var sum = x;
  for (var level = 0; level < LEVELS; level++) { // unroll
    sum += subgroupShuffleXor(sum, 1u << u32(level));
  }
  return sum;
}

fn subgroup_max(x: f32) -> f32 {
  var largest = x;
  for (var level = 0; level < LEVELS; level++) { // unroll
    largest = max(largest, subgroupShuffleXor(largest, 1u << u32(level)));
  }
  return largest;
}
