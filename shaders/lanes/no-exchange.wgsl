// One lane of a run in each subgroup: there it has no other lane to exchange numbers with.
fn subgroup_sum(x: f32) -> f32 {
  return x;
}

fn subgroup_max(x: f32) -> f32 {
  return x;
}

// (Never called: no lanes read values together.)
fn subgroup_sums(x: vec4f) -> f32 {
  return x.x;
}
