// NEAR neighboring invocations of a subgroup: a power of two, no more than any subgroup holds. Sums go pairwise, at doubling
// distances, and x + y is y + x: every lane gets the same number, to the bit.
fn near_sum(x: f32) -> f32 {
  var sum = x;
  for (var distance = 1u; distance < NEAR; distance *= 2u) {
    sum += subgroupShuffleXor(sum, distance);
  }
  return sum;
}

fn near_max(x: f32) -> f32 {
  var largest = x;
  for (var distance = 1u; distance < NEAR; distance *= 2u) {
    largest = max(largest, subgroupShuffleXor(largest, distance));
  }
  return largest;
}
