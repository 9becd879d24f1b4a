// A standard normal from 32 random bits: Φ⁻¹((bits + ½)/2³²), the sign from the top bit.
// Within 4 float32 ulp of src/model/random.ts; coefficients by scripts/fit-normal.ts.
fn normal(bits: u32) -> f32 {
  let tail = f32((bits << 1u) | 1u) * 0x1p-33; // of the side the sign picks, in (0, ½)
  let q = f32(~(bits << 1u)) * 0x1p-33;        // ½ − tail, without cancellation
  let magnitude = select(normal_tail(tail), normal_center(q), q <= 0.425);
  return select(magnitude, -magnitude, bits >= 0x80000000u);
}

fn normal_center(q: f32) -> f32 {
  let x = q * q - 0.09;
  var sum = 559919936.0;
  sum = sum * x + 94782136.0;
  sum = sum * x + 1705184.75;
  sum = sum * x + 389812.34375;
  sum = sum * x + 228439.46875;
  sum = sum * x + 41393.96875;
  sum = sum * x + 6998.18310546875;
  sum = sum * x + 1360.2425537109375;
  sum = sum * x + 276.7987365722656;
  sum = sum * x + 59.49319076538086;
  sum = sum * x + 14.225818634033203;
  sum = sum * x + 4.258387088775635;
  sum = sum * x + 2.8054041862487793;
  return q * sum;
}

fn normal_tail(tail: f32) -> f32 {
  // r = √(−2 log tail), the logarithm from exponent and mantissa (m in [√½, √2)), since the built-in one is too coarse.
  let bits = bitcast<u32>(tail);
  let shift = i32(bits - 0x3f3504f3u) >> 23u;
  let m = bitcast<f32>(bits - bitcast<u32>(shift << 23u));
  let logarithm = f32(shift) * 0.693145751953125 + (f32(shift) * 1.428606765330187e-6 + twice_atanh((m - 1.0) / (m + 1.0)));
  let square = -2.0 * logarithm;
  let root = sqrt(square);
  let r = root + (square - root * root) * 0.5 / root; // one Newton step: sqrt alone may be off by 4.5 ulp
  let x = r - 4.5;
  var sum = 7.627557252476436e-9;
  sum = sum * x - 3.963243244697878e-8;
  sum = sum * x + 8.299996068217297e-8;
  sum = sum * x - 4.053142674820265e-7;
  sum = sum * x + 0.0000027726784992410103;
  sum = sum * x - 0.000014588662452297285;
  sum = sum * x + 0.0000755961737013422;
  sum = sum * x - 0.00040813011582940817;
  sum = sum * x + 0.0022582397796213627;
  sum = sum * x - 0.012919078581035137;
  sum = sum * x + 0.0785527154803276;
  sum = sum * x - 0.5559908151626587;
  return r + sum;
}
