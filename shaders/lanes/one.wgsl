// One invocation a run: nothing to cross.
fn place_of(global: vec3u, group: vec3u) -> u32 {
  return global.x;
}

fn lane_of(local: u32) -> u32 {
  return 0u;
}

fn lanes_sum(x: f32) -> f32 {
  return x;
}

fn lanes_max(x: f32) -> f32 {
  return x;
}

fn lanes_sum_vector(x: Vector) -> Vector {
  return x;
}

fn agreed(condition: bool) -> bool {
  return condition;
}

fn lanes_wait() {}
