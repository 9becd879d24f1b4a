// Functions that WGSL lacks or promises too little of: log(1 + x) near 0 and log(x) near 1 are only good to 2⁻²¹.

// 2 atanh(s) = log((1 + s)/(1 − s)) for |s| ≤ 1/3 by its power series; the first term left out is below 2⁻²⁸ of the sum.
fn twice_atanh(s: f32) -> f32 {
  let t = s * s;
  return 2.0 * s * (1.0 + t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0 + t * (1.0 / 9.0
    + t * (1.0 / 11.0 + t * (1.0 / 13.0 + t * (1.0 / 15.0))))))));
}

// log(1 + x) for 0 ≤ x ≤ 1.
fn log_1p(x: f32) -> f32 {
  return twice_atanh(x / (2.0 + x));
}

// −log(1 − x) for 0 ≤ x < 1, without cancellation where x is small.
fn minus_log_1m(x: f32) -> f32 {
  if (x <= 0.5) { return twice_atanh(x / (2.0 - x)); }
  return -log(1.0 - x);
}

// log(1 + eˣ), at any x.
fn softplus(x: f32) -> f32 {
  return max(x, 0.0) + log_1p(exp(-abs(x)));
}

// Whether x is NaN or infinite. By its bits, since a compiler may assume that there is neither.
fn is_non_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u;
}

// A number in (0, 1) from 32 random bits, exact in float32.   Twin: src/model/random.ts
fn uniform_of(bits: u32) -> f32 {
  return (f32(bits >> 9u) + 0.5) * 0x1p-23;
}
