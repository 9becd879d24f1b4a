// One explicit Runge-Kutta step of V' = −g pᵀ, a' = −JᵀVᵀg, g being ∇L or what clocks/ has in its place, with the tableau in STAGE_WEIGHTS and WEIGHTS.
//
// A stage's slope of V has rank one, so a stage keeps the pair (g, p) and never a matrix of its own:
// with V_j = V − h Σ_l A_jl g_l p_lᵀ,   V_j p = V p − h Σ_l A_jl (p_l·p) g_l   and   V_jᵀg = Vᵀg − h Σ_l A_jl (g_l·g) p_l.
// Terms with a zero coefficient vanish at compile time.
struct Stage {
  p: Tokens,
  y: Vector,
  g: Vector,
  slope: Tokens, // −a'
}
alias Stages = array<Stage, STAGES>;

// The slope at a state: a first stage.
fn slope_at(s: ptr<function, State>) -> Stage {
  return slope_of(s, normalizer_forward((*s).logits));
}

// The same, where its weights are known.
fn slope_of(s: ptr<function, State>, p: Tokens) -> Stage {
  let y = output_of(s, p);
  let g = slope_gradient(y, (*s).aim);
  var slope = Tokens();
  if (TRAIN_LOGITS) { slope = normalizer_pullback((*s).logits, p, slope_pull(p, pull_of(s, g))); }
  return Stage(p, y, g, slope);
}

// All further stages of a step of h; the first one, the slope at the state, is there.
fn take_stages(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  for (var j = 1; j < STAGES; j++) { // unroll
    var a = (*s).logits;
    if (TRAIN_LOGITS) {
      for (var i = 0; i < TOKENS; i++) { // unroll
        var change = 0.0;
        for (var l = 0; l < j; l++) { // unroll
          if (STAGE_WEIGHTS[j][l] != 0.0) { change += STAGE_WEIGHTS[j][l] * (*stages)[l].slope[i]; }
        }
        a[i] -= h * change;
      }
    }
    let p = normalizer_forward(a);
    var y = part_of_output(s, p);
    for (var l = 0; l < j; l++) { // unroll
      if (TRAIN_VALUES && STAGE_WEIGHTS[j][l] != 0.0) {
        let overlap = h * STAGE_WEIGHTS[j][l] * part_of_dot((*stages)[l].p, p);
        for (var k = 0; k < DIM; k++) { // unroll
          y[k] -= overlap * (*stages)[l].g[k];
        }
      }
    }
    y = lanes_sum_vector(y);
    let g = slope_gradient(y, (*s).aim);
    var slope = Tokens();
    if (TRAIN_LOGITS) {
      var c = pull_of(s, g);
      var short = Vector(); // h g: the square of a steep slope is no float32, that of one of these is
      for (var k = 0; k < DIM; k++) { // unroll
        short[k] = h * g[k];
      }
      for (var l = 0; l < j; l++) { // unroll
        if (TRAIN_VALUES && STAGE_WEIGHTS[j][l] != 0.0) {
          let overlap = STAGE_WEIGHTS[j][l] * dot_vectors((*stages)[l].g, short);
          for (var i = 0; i < TOKENS; i++) { // unroll
            c[i] -= overlap * (*stages)[l].p[i];
          }
        }
      }
      slope = normalizer_pullback(a, p, slope_pull(p, c));
    }
    (*stages)[j] = Stage(p, y, g, slope);
  }
}

// Moves the state by a step of h. The stages' slopes are summed before it moves, so that it is rounded once a step.
fn advance(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  for (var i = 0; i < TOKENS; i++) { // unroll
    var moved = array<f32, STAGES>();
    for (var j = 0; j < STAGES; j++) { // unroll
      moved[j] = h * WEIGHTS[j] * (*stages)[j].p[i];
    }
    if (TRAIN_LOGITS) {
      var change = h * WEIGHTS[0] * (*stages)[0].slope[i];
      for (var j = 1; j < STAGES; j++) { // unroll
        if (WEIGHTS[j] != 0.0) { change += h * WEIGHTS[j] * (*stages)[j].slope[i]; }
      }
      (*s).logits[i] -= change;
    }
    if (TRAIN_VALUES) {
      for (var k = 0; k < DIM; k++) { // unroll
        var change = moved[0] * (*stages)[0].g[k];
        for (var j = 1; j < STAGES; j++) { // unroll
          if (WEIGHTS[j] != 0.0) { change += moved[j] * (*stages)[j].g[k]; }
        }
        (*s).values[i][k] -= change;
      }
    }
  }
}
