// Steps without noise. The files of this folder define
//   begin_noise      draws what step number k needs, counted from 0; called at its beginning on every lane
//   aim_in_step      what the loss compares the output with in this step
//   noise_of_logit   what is added to the gradient by a logit, and
//   noise_of_value   to that by a value, where GRADIENT_NOISE; `at` is its index on this lane where values are in registers
fn begin_noise(s: ptr<function, State>, k: u32) {}

fn aim_in_step(s: ptr<function, State>) -> Aim {
  return (*s).aim;
}

fn noise_of_logit(i: i32) -> f32 {
  return 0.0;
}

fn noise_of_value(at: i32, token: u32, k: u32) -> f32 {
  return 0.0;
}
