// The length of adaptive steps.   Twin: src/reference/control.ts; constants: control in src/model/integrators.ts

// The scale of an error: ATOL + RTOL·|a_i| for a logit; for every entry of a value, ATOL + RTOL times the value's root mean square,
// which is the same in any orthonormal coordinates.
fn logit_scale(s: ptr<function, State>, i: i32) -> f32 {
  return ATOL + RTOL * abs((*s).attention[i]);
}

fn value_scale(s: ptr<function, State>, i: i32) -> f32 {
  return ATOL + RTOL * value_size(s, i);
}

// Root mean square of the state over its scale.
fn scaled_size(s: ptr<function, State>) -> f32 {
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (TRAIN_LOGITS) {
      let scaled = (*s).attention[i] / logit_scale(s, i);
      squares[i] += scaled * scaled;
    }
    if (TRAIN_VALUES) {
      let scale = value_scale(s, i);
      squares[i] += square_norm(s, i) / (scale * scale);
    }
  }
  return sqrt(sum_tokens(squares) / f32(TRAINED));
}

const SECOND = min(1, STAGES - 1); // where there is none, steps are fixed, and this is not used
const TO_SECOND = select(1.0, STAGE_WEIGHTS[SECOND][0], ADAPTIVE); // the part of a step that lies before the second stage

// A first step: Hairer, Nørsett, Wanner I, II.4. The first stage is the slope at the state; the second is overwritten.
fn first_step(s: ptr<function, State>, stages: ptr<function, Stages>, max_step: f32) -> f32 {
  var weights = Parts();
  weights[0] = 1.0;
  let size = scaled_size(s);
  let speed = scaled_norm(s, stages, weights);
  let guess = min(select(0.01 * size / speed, 1e-6, size < 1e-5 || speed < 1e-5 || is_non_finite(speed)), max_step);
  take_stages(s, stages, guess / TO_SECOND, 2);
  weights[0] = -1.0;
  weights[SECOND] = 1.0;
  let largest = max(speed, scaled_norm(s, stages, weights) / guess); // of the speed and its rate of change
  var h = max(1e-6, guess * 1e-3);
  if (is_non_finite(largest)) { h = guess; } else if (largest > 1e-15) { h = exp2(log2(0.01 / largest) / ERROR_EXPONENT); }
  return min(min(100.0 * guess, h), max_step);
}

// The factor from the length of a step with this scaled error to the length of the next.
fn step_factor(error: f32) -> f32 {
  if (is_non_finite(error)) { return STEP_NON_FINITE; }
  if (error <= 1e-30) { return STEP_GROW; }
  return clamp(STEP_SAFETY * exp2(-log2(error) / ERROR_EXPONENT), STEP_SHRINK, STEP_GROW);
}
