// Noise of the gradient by values in registers: drawn at the beginning of a step by a loop, since unrolled it would be most of the program.
var<private> value_noise: array<f32, VALUE_WORDS>;

fn begin_value_noise(key: vec2u) {
  for (var at = 0; at < opaque(VALUE_WORDS); at++) {
    if (is_here(at / DIM)) { value_noise[at] = draw_noise(key, token_of(at / DIM), u32(at % DIM)); }
  }
}

fn noise_of_value(at: i32, token: u32, k: u32) -> f32 {
  return value_noise[at];
}
