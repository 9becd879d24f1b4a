// Dense output: the state inside a step, told from its end. At a part φ of the step before the end,
// V = V_end + h Σ_j φ q_j(φ) g_j p_jᵀ with φ q_j(φ) = b_j(1) − b_j(1 − φ), the coefficients of q_j in DENSE; at φ = 0 it is
// the end itself, to the bit.
alias DenseWeights = array<f32, STAGES>;

// h φ q_j(φ), of every stage
fn dense_weights(h: f32, phi: f32) -> DenseWeights {
  var weights = DenseWeights();
  for (var j = 0; j < STAGES; j++) { // unroll
    var q = 0.0;
    for (var m = 0; m < DEGREE; m++) { // unroll
      q = q * phi + DENSE[j][m];
    }
    weights[j] = h * phi * q;
  }
  return weights;
}

fn logits_at(s: ptr<function, State>, stages: ptr<function, Stages>, weights: DenseWeights) -> Tokens {
  var a = (*s).logits;
  for (var j = 0; j < STAGES; j++) { // unroll
    for (var i = 0; i < TOKENS; i++) { // unroll
      a[i] += weights[j] * (*stages)[j].slope[i];
    }
  }
  return a;
}

// V p, for weights p there
fn output_at(s: ptr<function, State>, stages: ptr<function, Stages>, weights: DenseWeights, p: Tokens) -> Vector {
  var y = part_of_output(s, p);
  if (TRAIN_VALUES) {
    for (var j = 0; j < STAGES; j++) { // unroll
      let overlap = weights[j] * part_of_dot((*stages)[j].p, p);
      for (var k = 0; k < DIM; k++) { // unroll
        y[k] += overlap * (*stages)[j].g[k];
      }
    }
  }
  return lanes_sum_vector(y);
}
