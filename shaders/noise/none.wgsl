// Steps without noise. The files of this folder define
//   begin_noise      draws what step number k needs, counted from 0; called at its beginning on every lane
//   aim_in_step      what the loss compares the output with in this step: of all noise but label.wgsl in no-aim-noise.wgsl
//   noise_of_logit   what is added to the gradient by a logit, and
//   noise_of_value   to that by a value, where GRADIENT_NOISE; `at` is its index on this lane where values are in registers.
//                    Of all noise but gradient.wgsl in no-gradient-noise.wgsl
fn begin_noise(s: ptr<function, State>, k: u32) {}
