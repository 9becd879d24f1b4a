// A learning rate along half a period of a cosine, after its warm-up.   Twin: src/model/schedules.ts

// sin(πx/2), 0 ≤ x ≤ 1, by its power series; the first term left out is below 1e-9. (WGSL promises of sin and cos no more than 2⁻¹¹.)
fn quarter_sine(x: f32) -> f32 {
  let angle = 1.5707963267948966 * x;
  let t = angle * angle;
  return angle * (1.0 - t / 6.0 * (1.0 - t / 20.0 * (1.0 - t / 42.0 * (1.0 - t / 72.0 * (1.0 - t / 110.0 * (1.0 - t / 156.0))))));
}

fn rate_after(steps: u32) -> f32 {
  let left = quarter_sine(f32(RATE_SPAN - min(steps, RATE_SPAN)) / f32(RATE_SPAN)); // (1 + cos x)/2 = cos²(x/2)
  return RATE_TO + (RATE_FROM - RATE_TO) * left * left;
}

// Σ cos(πi/N) over i < j is sin(jx) cos((j − 1)x)/sin(x) with x = π/2N.
fn time_after(steps: u32) -> f32 {
  let span = f32(RATE_SPAN);
  let j = min(steps, RATE_SPAN);
  let sum = quarter_sine(f32(j) / span) * quarter_sine(f32(RATE_SPAN - j + 1u) / span) / quarter_sine(1.0 / span);
  return 0.5 * (f32(j) * (RATE_FROM + RATE_TO) + (RATE_FROM - RATE_TO) * select(sum, 0.0, j == 0u)) + f32(steps - j) * RATE_TO;
}
