// A learning rate along a line, after its warm-up.   Twin: src/model/schedules.ts
fn rate_after(steps: u32) -> f32 {
  return RATE_FROM + (RATE_TO - RATE_FROM) * (f32(min(steps, RATE_SPAN)) / f32(RATE_SPAN));
}

fn time_after(steps: u32) -> f32 {
  let j = f32(min(steps, RATE_SPAN));
  let falling = j * RATE_FROM + (RATE_TO - RATE_FROM) * (j / f32(RATE_SPAN)) * (0.5 * (j - 1.0));
  return falling + f32(steps - min(steps, RATE_SPAN)) * RATE_TO;
}
