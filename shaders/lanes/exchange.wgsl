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

// Of four numbers, the sum over VALUE_LANES lanes of that at index lane % 4, pairwise as above. Adding while they are exchanged takes 1 + LEVELS exchanges
// where four sums take 4 LEVELS.
fn subgroup_sums(x: vec4f) -> f32 {
  let odd = lane % 2u == 1u;
  let pair = select(x.xz, x.yw, odd) + subgroupShuffleXor(select(x.yw, x.xz, odd), 1u);
  let upper = lane % 4u >= 2u;
  var sum = select(pair.x, pair.y, upper) + subgroupShuffleXor(select(pair.y, pair.x, upper), 2u);
  for (var level = 2; level < VALUE_LEVELS; level++) { // unroll
    sum += subgroupShuffleXor(sum, 1u << u32(level));
  }
  return sum;
}
