// One explicit Runge-Kutta step of V' = −g pᵀ, a' = −JᵀVᵀg, with the tableau in STAGE_WEIGHTS and WEIGHTS.
//
// A stage's slope of V has rank one, so a stage keeps the pair (g, p) and never a matrix of its own:
// with V_j = V − h Σ_l A_jl g_l p_lᵀ,   V_j p = V p − h Σ_l A_jl (p_l·p) g_l   and   V_jᵀg = Vᵀg − h Σ_l A_jl (g_l·g) p_l.
// Terms with a zero coefficient vanish at compile time.
struct Stage {
  p: Tokens,
  g: Vector,
  slope: Tokens, // −a'
}

// Moves the state by STEP. p0 and y0 are its weights and output, which the caller has from watching it.
fn advance(s: ptr<function, State>, p0: Tokens, y0: Vector) {
  var stages = array<Stage, STAGES>();
  for (var j = 0; j < STAGES; j++) { // unroll
    var a = (*s).logits;
    var p = p0;
    var y = y0;
    if (j > 0) {
      for (var l = 0; l < j; l++) { // unroll
        if (TRAIN_LOGITS && STAGE_WEIGHTS[j][l] != 0.0) {
          for (var i = 0; i < TOKENS; i++) { // unroll
            a[i] -= STEP * STAGE_WEIGHTS[j][l] * stages[l].slope[i];
          }
        }
      }
      p = normalizer_forward(a);
      y = output_of(s, p);
      for (var l = 0; l < j; l++) { // unroll
        if (TRAIN_VALUES && STAGE_WEIGHTS[j][l] != 0.0) {
          let overlap = STEP * STAGE_WEIGHTS[j][l] * dot_tokens(stages[l].p, p);
          for (var k = 0; k < DIM; k++) { // unroll
            y[k] -= overlap * stages[l].g[k];
          }
        }
      }
    }
    let g = loss_gradient(y, (*s).aim);
    var slope = Tokens();
    if (TRAIN_LOGITS) {
      var c = pull_of(s, g);
      for (var l = 0; l < j; l++) { // unroll
        if (TRAIN_VALUES && STAGE_WEIGHTS[j][l] != 0.0) {
          let overlap = STEP * STAGE_WEIGHTS[j][l] * dot_vectors(stages[l].g, g);
          for (var i = 0; i < TOKENS; i++) { // unroll
            c[i] -= overlap * stages[l].p[i];
          }
        }
      }
      slope = normalizer_pullback(a, p, c);
    }
    stages[j] = Stage(p, g, slope);
  }
  // The stages' slopes are summed before the state moves, so that it is rounded once a step.
  for (var i = 0; i < TOKENS; i++) { // unroll
    var moved = array<f32, STAGES>();
    for (var j = 0; j < STAGES; j++) { // unroll
      moved[j] = STEP * WEIGHTS[j] * stages[j].p[i];
    }
    if (TRAIN_LOGITS) {
      var change = STEP * WEIGHTS[0] * stages[0].slope[i];
      for (var j = 1; j < STAGES; j++) { // unroll
        change += STEP * WEIGHTS[j] * stages[j].slope[i];
      }
      (*s).logits[i] -= change;
    }
    if (TRAIN_VALUES) {
      for (var k = 0; k < DIM; k++) { // unroll
        var change = moved[0] * stages[0].g[k];
        for (var j = 1; j < STAGES; j++) { // unroll
          change += moved[j] * stages[j].g[k];
        }
        (*s).values[i][k] -= change;
      }
    }
  }
}
