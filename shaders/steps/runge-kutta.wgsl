// One explicit Runge-Kutta step with the tableau in STAGE_WEIGHTS and WEIGHTS, of V' = −Σ_t x_t w_tᵀ and a' = −slope, which models/
// gives; in the flow's own time with ∇L in it, by the margin's own clock with what clocks/margin.wgsl has in its place.
//
// A file in shaders/steps/ (stepFile in src/gpu/compose.ts picks it) defines:
//   Stage           what models/ returns as the slope at a state: w, x, y and slope, as below
//   Stages          array<Stage, STAGES>: what a step knows; [0] is the slope at its beginning, also between dispatches, and where steps
//                   adapt [STAGES − 1] is the slope at its end. STAGES is a constant
//   Motion, Parts   what moves a state to a point of the step: models/, values/ and the observables pass it on to moved_attention and
//                   moved_output; dense.wgsl makes one for a point inside a step
//   moved_attention, slope_of, weights_of   a at a moved state; the slope and the weights at a state
//   take_stages     computes stages of a step of h, of which the first is given
//   advance         moves a state to the end of a step whose stages are taken
// flow.wgsl calls take_stages and advance for every trial; where steps adapt, control.wgsl tells the error by the stages, weighted by ERROR.
//
// A stage's slope of V is of low rank, so a stage keeps the pairs (x_t, w_t) and never a matrix of its own: at a state moved by
// −h Σ_l c_l·(slope of stage l),   V w = V₀ w − h Σ_l c_l Σ_t (w_lt·w) x_lt   and   Vᵀx = V₀ᵀx − h Σ_l c_l Σ_t (x_lt·x) w_lt.
struct Stage {
  w: array<Tokens, TERMS>, // w_0 are the weights p
  x: array<Vector, TERMS>, // x_0 is g
  y: Vector,
  slope: Tokens,           // −a'
}
alias Stages = array<Stage, STAGES>;
alias Parts = array<f32, STAGES>; // c_l

// What moves a state: it becomes state − h Σ_l c_l·(slope of stage l).
struct Motion {
  h: f32,
  parts: Parts,
}

// a where the state is moved. Here and below, `count` is how many stages move it: the first ones.
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

// The slope at a state with weights p. (It is not moved: no stage is read.)
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
