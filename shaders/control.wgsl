// Step-size control.   Twin: Stepper in src/reference/stepper.ts; constants: `control` in src/model/integrators.ts

// What an error is measured by: ATOL + RTOL·|a_i| for a logit, and for every entry of a value ATOL + RTOL times the value's root
// mean square, which is the same in any orthonormal coordinates.
fn logit_scale(s: ptr<function, State>, i: i32) -> f32 {
  return ATOL + RTOL * abs((*s).logits[i]);
}

fn value_scale(s: ptr<function, State>, i: i32) -> f32 {
  return ATOL + RTOL * value_size(s, i);
}

fn value_size(s: ptr<function, State>, i: i32) -> f32 {
  return sqrt(square_norm(s, i) / f32(VALUE_DIM));
}

// ‖v_i‖²
fn square_norm(s: ptr<function, State>, i: i32) -> f32 {
  return dot_vectors((*s).values[i], (*s).values[i]) + (*s).outside[i];
}

// Root mean square, over all that is trained, of Σ_j weights_j·slope_j over its scale. Formed element by element: from dot
// products of the stages it would have a floor far above the tolerances, and could turn negative.
fn scaled_norm(s: ptr<function, State>, stages: ptr<function, Stages>, weights: array<f32, STAGES>) -> f32 {
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (TRAIN_LOGITS) {
      var e = 0.0;
      for (var j = 0; j < STAGES; j++) { // unroll
        e += weights[j] * (*stages)[j].slope[i];
      }
      let scaled = e / logit_scale(s, i);
      squares[i] += scaled * scaled;
    }
    if (TRAIN_VALUES) {
      var weighted = array<f32, STAGES>();
      for (var j = 0; j < STAGES; j++) { // unroll
        weighted[j] = weights[j] * (*stages)[j].p[i];
      }
      let scale = 1.0 / value_scale(s, i);
      for (var k = 0; k < DIM; k++) { // unroll
        var e = 0.0;
        for (var j = 0; j < STAGES; j++) { // unroll
          e += weighted[j] * (*stages)[j].g[k];
        }
        let scaled = e * scale;
        squares[i] += scaled * scaled;
      }
    }
  }
  return sqrt(sum_tokens(squares) / f32(TRAINED));
}

// Root mean square of the state over its scale.
fn scaled_size(s: ptr<function, State>) -> f32 {
  var squares = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (TRAIN_LOGITS) {
      let scaled = (*s).logits[i] / logit_scale(s, i);
      squares[i] += scaled * scaled;
    }
    if (TRAIN_VALUES) {
      let scale = value_scale(s, i);
      squares[i] += square_norm(s, i) / (scale * scale);
    }
  }
  return sqrt(sum_tokens(squares) / f32(TRAINED));
}

const SECOND = min(1, STAGES - 1); // where there is none, steps are fixed, and nothing of this is used

// A first step: Hairer, Nørsett, Wanner I, II.4. The first stage is the slope at the state; the second is overwritten.
fn first_step(s: ptr<function, State>, stages: ptr<function, Stages>, longest: f32) -> f32 {
  var weights = array<f32, STAGES>();
  weights[0] = 1.0;
  let size = scaled_size(s);
  let speed = scaled_norm(s, stages, weights);
  let probe = min(select(0.01 * size / speed, 1e-6, size < 1e-5 || speed < 1e-5 || is_non_finite(speed)), longest);
  var there = *s;
  for (var i = 0; i < TOKENS; i++) { // unroll
    if (TRAIN_LOGITS) { there.logits[i] -= probe * (*stages)[0].slope[i]; }
    if (TRAIN_VALUES) {
      for (var k = 0; k < DIM; k++) { // unroll
        there.values[i][k] -= probe * (*stages)[0].p[i] * (*stages)[0].g[k];
      }
    }
  }
  (*stages)[SECOND] = slope_at(&there);
  weights[0] = -1.0;
  weights[SECOND] = 1.0;
  let most = max(speed, scaled_norm(s, stages, weights) / probe);
  var h = max(1e-6, probe * 1e-3);
  if (is_non_finite(most)) { h = probe; } else if (most > 1e-15) { h = exp2(log2(0.01 / most) / ERROR_EXPONENT); }
  return min(min(100.0 * probe, h), longest);
}

// By what the step is multiplied after one of this scaled error.
fn step_factor(error: f32) -> f32 {
  if (is_non_finite(error)) { return STEP_NON_FINITE; }
  if (error <= 1e-30) { return STEP_GROW; }
  return clamp(STEP_SAFETY * exp2(-log2(error) / ERROR_EXPONENT), STEP_SHRINK, STEP_GROW);
}

// The state that convergence is told by. In memory, not in registers: it is looked at once a doubling of time.
alias Kept = array<f32, KEPT_WORDS>;

// Whether the state has moved by less than CONVERGED since the one kept, in the norm of the error at CONVERGED_RTOL and _ATOL; it is kept in turn.
fn has_converged(s: ptr<function, State>, kept: ptr<function, Kept>) -> bool {
  var words = words_of(s);
  var scales = Tokens(); // of the values
  for (var i = 0; i < TOKENS; i++) { // unroll
    scales[i] = CONVERGED_ATOL + CONVERGED_RTOL * value_size(s, i);
  }
  var sum = 0.0;
  for (var at = 0; at < opaque(KEPT_WORDS); at++) {
    let x = words[at];
    var scale = CONVERGED_ATOL + CONVERGED_RTOL * abs(x);
    if (at >= TOKENS) { scale = scales[(at - TOKENS) / DIM]; }
    let scaled = (x - (*kept)[at]) / scale;
    if (select(TRAIN_VALUES, TRAIN_LOGITS, at < TOKENS) && is_here(token_index(at))) { sum += scaled * scaled; }
    (*kept)[at] = x;
  }
  return lanes_sum(sum) <= CONVERGED * CONVERGED * f32(TRAINED);
}

fn load_kept(run: u32) -> Kept {
  var kept = Kept();
  for (var at = 0; at < opaque(KEPT_WORDS); at++) {
    if (is_here(token_index(at))) { kept[at] = states[state_word(run, STATE_KEPT_AT, at)]; }
  }
  return kept;
}

fn store_kept(run: u32, kept: ptr<function, Kept>) {
  for (var at = 0; at < opaque(KEPT_WORDS); at++) {
    if (is_here(token_index(at))) { states[state_word(run, STATE_KEPT_AT, at)] = (*kept)[at]; }
  }
}
