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

// Where the parts of the slope begin; it is kept as a Stage.
const STAGE_Y_AT = STATE_SLOPE_AT + ALL_TOKENS;
const STAGE_TERMS_AT = STAGE_Y_AT + u32(DIM);
const TERM_WORDS = ALL_TOKENS + u32(DIM);

fn load_slope(run: u32) -> Stage {
  var stage = Stage();
  stage.slope = load_tokens(run, STATE_SLOPE_AT);
  stage.y = load_vector_at(run, STAGE_Y_AT);
  for (var t = 0; t < TERMS; t++) { // unroll
    stage.w[t] = load_tokens(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS);
    stage.x[t] = load_vector_at(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS + ALL_TOKENS);
  }
  return stage;
}

fn store_slope(run: u32, stage: Stage) {
  store_tokens(run, STATE_SLOPE_AT, stage.slope);
  store_vector_at(run, STAGE_Y_AT, stage.y);
  for (var t = 0; t < TERMS; t++) { // unroll
    store_tokens(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS, stage.w[t]);
    store_vector_at(run, STAGE_TERMS_AT + u32(t) * TERM_WORDS + ALL_TOKENS, stage.x[t]);
  }
}
