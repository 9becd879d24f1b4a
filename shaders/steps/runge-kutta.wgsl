// One explicit Runge-Kutta step, with the tableau in STAGE_WEIGHTS and WEIGHTS, of V' = −Σ_t x_t w_tᵀ and a' = −slope, which
// shaders/models/ defines from slope_gradient (shaders/clocks/): ∇L, or what takes its place in the margin's own clock.
//
// A file in shaders/steps/ (src/gpu/compose.ts names it) defines:
//   Stage           the slope at a state, as shaders/models/ returns it: w, x, y and slope, see below
//   Stages          array<Stage, STAGES>: the slopes that a step computes; [0] is that at its beginning, which is kept between dispatches,
//                   and where steps adapt [STAGES − 1] is that at its end. STAGES is a constant
//   Motion, Parts   what moves a state to another one in the same step: models/, values/ and the observables pass it on to moved_attention
//                   and moved_output; dense.wgsl makes the one to a state inside a step
//   moved_attention, slope_of, weights_of   a at a moved state; the slope and the weights at a state
//   take_stages     computes the stages of a step of h, of which the first is given
//   advance         moves a state to the end of a step whose stages are computed
// flow.wgsl calls take_stages and advance for every trial; where steps adapt, control.wgsl estimates the error from the stages and ERROR.
//
// The slope of V is of low rank, so a stage keeps the pairs (x_t, w_t) and never a matrix. At a state moved by
// −h Σ_l c_l·(slope of stage l),   V w = V₀ w − h Σ_l c_l Σ_t (w_lt·w) x_lt   and   Vᵀx = V₀ᵀx − h Σ_l c_l Σ_t (x_lt·x) w_lt.
struct Stage {
  w: array<Tokens, TERMS>, // w_0 are the weights p
  x: array<Vector, TERMS>, // x_0 is g
  y: Vector,
  slope: Tokens,           // −a'
}
alias Stages = array<Stage, STAGES>;
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

// The slope at a state with weights p. (The state is not moved: no stage is read.)
fn slope_of(s: ptr<function, State>, stages: ptr<function, Stages>, p: Tokens) -> Stage {
  return moved_slope(s, stages, Motion(), 0, logits_of(s), p);
}

// The weights p at a state.
fn weights_of(s: ptr<function, State>) -> Tokens {
  return normalizer_forward(logits_of(s));
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
