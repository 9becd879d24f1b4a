// Noise of the gradient: normals are added to each number of it, in a step of several stages to their weighted mean.   Twin: src/reference/noise.ts
// A file for where values are, gradient-registers.wgsl or gradient-memory.wgsl, draws the noise of values.
var<private> logit_noise: Tokens;

// (The loop that draws: see `opaque` in bindings.wgsl.)
fn begin_noise(s: ptr<function, State>, k: u32) {
  if (TRAIN_LOGITS) {
    let key = noise_key(PURPOSE_LOGIT_NOISE, k);
    for (var i = 0; i < opaque(TOKENS); i++) {
      if (is_here(i)) { logit_noise[i] = draw_noise(key, token_of(i), 0u); }
    }
  }
  if (TRAIN_VALUES) { begin_value_noise(noise_key(PURPOSE_VALUE_NOISE, k)); }
}

fn noise_of_logit(i: i32) -> f32 {
  return logit_noise[i];
}
