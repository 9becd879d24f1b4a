// The numbers of noise. A step of a run has a key of its own for each purpose; a number then depends on the token and the component.
// Twin: src/reference/noise.ts
fn noise_key(purpose: u32, step: u32) -> vec2u {
  return threefry(vec2u(SEED, purpose), vec2u(run_number(run_taken), step));
}

// A number of it.
fn draw_noise(key: vec2u, token: u32, component: u32) -> f32 {
  return NOISE_SCALE * normal(threefry(key, vec2u(token * 0x10000u + component, 0u)).x);
}
