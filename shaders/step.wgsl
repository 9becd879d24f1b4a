// One explicit Runge-Kutta step with the tableau in STAGE_WEIGHTS and WEIGHTS, of V' = −Σ_t x_t w_tᵀ and a' = −slope, which models/
// gives; in the flow's own time with ∇L in it, by another clock with what clocks/ has in its place.
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

// By what a state is moved.
struct Motion {
  h: f32,
  parts: Parts,
}

// a moved; as in what follows, by so many stages.
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

// The slope at a state that is not moved, where its weights are known. (No stage is looked at.)
fn slope_of(s: ptr<function, State>, stages: ptr<function, Stages>, p: Tokens) -> Stage {
  return moved_slope(s, stages, Motion(), 0, logits_of(s), p);
}

fn weights_of(s: ptr<function, State>) -> Tokens {
  return normalizer_forward(logits_of(s));
}

// The stages of a step of h from the second on, up to `end`; the first one, the slope at the state, is there.
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

// Moves the state by a step of h. The stages' slopes are summed before it moves, so that it is rounded once a step.
fn advance(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  if (TRAIN_LOGITS) { (*s).attention = moved_attention(s, stages, Motion(h, WEIGHTS), STAGES); }
  if (TRAIN_VALUES) { advance_values(s, stages, h); }
}
