// Noise of the gradient by values in memory: drawn where a value is visited.
var<private> value_noise_key: vec2u;

fn begin_value_noise(key: vec2u) {
  value_noise_key = key;
}

fn noise_of_value(at: i32, token: u32, k: u32) -> f32 {
  return draw_noise(value_noise_key, token, k);
}
