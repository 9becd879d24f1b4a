// A learning rate that stays as it is, after its warm-up.   Twin: src/model/schedules.ts
fn rate_after(steps: u32) -> f32 {
  return RATE_FROM;
}

fn time_after(steps: u32) -> f32 {
  return f32(steps) * RATE_FROM;
}
