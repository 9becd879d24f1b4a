// The slope at a state, V' = −Σ_t x_t w_tᵀ and a' = −slope, which shaders/models/ computes from slope_gradient (shaders/clocks/): ∇L, or what
// takes its place in the margin's own clock. The slope of V is of low rank, so the pairs (x_t, w_t) are kept and never a matrix.
//
// Files in shaders/steps/ take steps: those of a Runge-Kutta method, runge-kutta…, or with weight decay decay…; or those of an optimizer, training…. All define
//   Motion          what moves a state to another one in the same step: models/ and the observables pass it on to moved_attention,
//                   moved_output and keep_values. Motion() does not move it
//   inside          the Motion from the end of a step to a state inside it
//   moved_attention, moved_output, moved_pull   a, V w and Vᵀx at a moved state
//   load_slope, store_slope   what is kept between dispatches beside the state: of the slope, and of an optimizer
//   take_steps, try_step      trials of fixed and of adaptive steps, for flow.wgsl
//   first_step      the length of the first adaptive step
//   stands          whether one more fixed step would leave the state as it is
//   keep_values     writes the values of a moved state into a trajectory
struct Stage {
  w: array<Tokens, TERMS>, // w_0 are the weights p
  x: array<Vector, TERMS>, // x_0 is g
  y: Vector,
  slope: Tokens,           // −a'
}
alias Stages = array<Stage, STAGES>;

// The slope at a state with weights p. (The state is not moved: no stage is read.)
fn slope_of(s: ptr<function, State>, stages: ptr<function, Stages>, p: Tokens) -> Stage {
  return moved_slope(s, stages, Motion(), 0, logits_of(s), p);
}

// The weights p at a state.
fn weights_of(s: ptr<function, State>) -> Tokens {
  return normalizer_forward(logits_of(s));
}
