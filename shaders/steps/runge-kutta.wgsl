// One explicit Runge-Kutta step, with the tableau in STAGE_WEIGHTS and WEIGHTS. `stages` are the slopes that a step computes: [0] is that at its
// beginning, which is kept between dispatches, and where steps adapt [STAGES − 1] is that at its end; adaptive.wgsl estimates the error
// from them and ERROR. At a state moved by −h Σ_l c_l·(slope of stage l),
// V w = V₀ w − h Σ_l c_l Σ_t (w_lt·w) x_lt   and   Vᵀx = V₀ᵀx − h Σ_l c_l Σ_t (x_lt·x) w_lt.
alias Parts = array<f32, STAGES>; // c_l

// Moves a state to state − h Σ_l c_l·(slope of stage l).
struct Motion {
  h: f32,
  parts: Parts,
}

// a at a moved state. Here and in other files, only the first `count` stages move it.
fn moved_attention(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32) -> Tokens {
  var a = (*s).attention;
  if (TRAIN_LOGITS) {
    var change = Tokens();
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var i = 0; i < TOKENS; i++) { // unroll
          change[i] += motion.parts[l] * (*stages)[l].slope[i];
        }
      }
    }
    for (var i = 0; i < TOKENS; i++) { // unroll
      a[i] -= motion.h * change[i];
    }
  }
  return a;
}

// Computes stages 1 … end − 1 of a step of h. Stage 0, the slope at the state, is given.
fn take_stages(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, end: i32) {
  for (var j = 1; j < STAGES; j++) { // unroll
    if (j < end) {
      var motion = Motion(h, Parts());
      for (var l = 0; l < j; l++) { // unroll
        motion.parts[l] = STAGE_WEIGHTS[j][l];
      }
      let z = moved_logits(s, stages, motion, j);
      (*stages)[j] = moved_slope(s, stages, motion, j, z, normalizer_forward(z));
    }
  }
}

// Moves the state by a step of h. The stages' slopes are summed before it moves, so that the state is rounded once a step.
fn advance(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  if (TRAIN_LOGITS) { (*s).attention = moved_attention(s, stages, Motion(h, WEIGHTS), STAGES); }
  if (TRAIN_VALUES) { advance_values(s, stages, h); }
}

// Root mean square, over all that is trained, of Σ_j weights_j·slope_j over its scale. Computed entry by entry: rounding of dot products
// of the stages would be far above the tolerances, and could make the square negative.
fn scaled_norm(s: ptr<function, State>, stages: ptr<function, Stages>, weights: Parts) -> f32 {
  var squares = Tokens();
  if (TRAIN_VALUES) { squares = value_squares(s, stages, weights); }
  if (TRAIN_LOGITS) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      var e = 0.0;
      for (var j = 0; j < STAGES; j++) { // unroll
        e += weights[j] * (*stages)[j].slope[i];
      }
      let scaled = e / logit_scale(s, i);
      squares[i] += scaled * scaled;
    }
  }
  return sqrt(sum_tokens(squares) / f32(TRAINED));
}
