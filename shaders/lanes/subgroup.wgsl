// The LANES lanes of a run lie in one subgroup: one invocation, or several.
fn place_of(global: vec3u, group: vec3u) -> u32 {
  return global.x / LANES;
}

fn lane_of(local: u32) -> u32 {
  return local % LANES;
}

fn lanes_sum(x: f32) -> f32 {
  return subgroup_sum(x);
}

fn lanes_max(x: f32) -> f32 {
  return subgroup_max(x);
}

fn lanes_sum_parcel(x: Parcel) -> Parcel {
  var sum = x;
  for (var k = 0; k < PARCEL; k++) { // unroll
    sum[k] = subgroup_sum(x[k]);
  }
  return sum;
}

// The lanes of a run take the same branches, since they decide from the same numbers.
fn agreed(condition: bool) -> bool {
  return condition;
}
