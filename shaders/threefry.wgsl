// Threefry-2×32-20 (Salmon et al., SC11, section 3.3): two random words for a key and a counter of two words each.
// Bit for bit src/model/random.ts.
fn rotate(x: u32, by: u32) -> u32 {
  return (x << by) | (x >> (32u - by));
}

fn threefry_rounds(x: vec2u, by: vec4u) -> vec2u {
  var y = x;
  y.x += y.y; y.y = rotate(y.y, by.x) ^ y.x;
  y.x += y.y; y.y = rotate(y.y, by.y) ^ y.x;
  y.x += y.y; y.y = rotate(y.y, by.z) ^ y.x;
  y.x += y.y; y.y = rotate(y.y, by.w) ^ y.x;
  return y;
}

fn threefry(key: vec2u, counter: vec2u) -> vec2u {
  let even = vec4u(13u, 15u, 26u, 6u);
  let odd = vec4u(17u, 29u, 16u, 24u);
  let parity = 0x1bd11bdau ^ key.x ^ key.y;
  var x = counter + key;
  x = threefry_rounds(x, even) + vec2u(key.y, parity + 1u);
  x = threefry_rounds(x, odd) + vec2u(parity, key.x + 2u);
  x = threefry_rounds(x, even) + vec2u(key.x, key.y + 3u);
  x = threefry_rounds(x, odd) + vec2u(key.y, parity + 4u);
  x = threefry_rounds(x, even) + vec2u(parity, key.x + 5u);
  return x;
}
