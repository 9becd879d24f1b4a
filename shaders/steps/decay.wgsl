// Runge-Kutta steps with weight decay or with noise of the gradient, V' = −Σ_t x_t w_tᵀ − λ_V V and a' = −slope − λ_a a. The stages keep the slopes of the loss alone, which are of low
// rank. What decay adds hangs on the states of the stages, and so every state of a step is
//   stay·V₀ − Σ_l parts_l Σ_t x_lt w_ltᵀ   and   stay·a₀ − Σ_l parts_l slope_l
// with V₀ and a₀ at its beginning, and numbers for values and for logits that follow from the tableau and h λ. Noise moves the end of a step away from such a
// state; a state inside, at the part θ, is moved by θ times as much.
alias Parts = array<f32, STAGES>;
alias Pairs = array<vec2f, STAGES>; // for values, for logits
var<private> stage_stay: Pairs;     // of the state of each stage
var<private> stage_parts: array<Pairs, STAGES>;
var<private> attention_before: Tokens; // at the beginning of the last step

struct Motion {
  stay: vec2f,
  parts: Pairs,
  before: bool, // whether the state at the beginning of the last step is moved, which is kept, and not the given one
  end: f32,     // what is added of the given state, then at the end of the last step
}

fn stay_of(l: i32) -> vec2f {
  return select(stage_stay[l], vec2f(1.0), l == 0);
}

// To the state V₀ + h Σ_l weights_l·(slope of stage l), of the first `count` stages.
fn combined(weights: Parts, h: f32, count: i32) -> Motion {
  let decay = h * vec2f(DECAY_VALUES, DECAY_LOGITS);
  var motion = Motion(vec2f(1.0), Pairs(), false, 0.0);
  for (var l = 0; l < STAGES; l++) { // unroll
    if (l < count) {
      motion.stay -= weights[l] * decay * stay_of(l);
      motion.parts[l] += vec2f(h * weights[l]);
      for (var m = 0; m < l; m++) {
        motion.parts[m] -= weights[l] * decay * stage_parts[l][m];
      }
    }
  }
  return motion;
}

// −Σ_l weights_l·(slope of stage l), as what is left of V₀ and the parts of the slopes of the loss.
fn summed(weights: Parts) -> Motion {
  let decay = vec2f(DECAY_VALUES, DECAY_LOGITS);
  var sum = Motion(vec2f(0.0), Pairs(), false, 0.0);
  for (var l = 0; l < STAGES; l++) { // unroll
    sum.stay += weights[l] * decay * stay_of(l);
    sum.parts[l] += vec2f(weights[l]);
    for (var m = 0; m < l; m++) {
      sum.parts[m] -= weights[l] * decay * stage_parts[l][m];
    }
  }
  return sum;
}

// From the end of a step of h to the state at a part φ of it before: b_j(1 − φ) = b_j(1) − φ q_j(φ), as dense.wgsl has it.
fn inside(h: f32, phi: f32) -> Motion {
  if (phi == 0.0) { return Motion(vec2f(1.0), Pairs(), false, 0.0); }
  var weights = WEIGHTS;
  for (var j = 0; j < STAGES; j++) { // unroll
    var q = 0.0;
    for (var m = 0; m < DEGREE; m++) { // unroll
      q = q * phi + DENSE[j][m];
    }
    weights[j] -= phi * q;
  }
  var motion = combined(weights, h, STAGES);
  motion.before = true;
  if (GRADIENT_NOISE) { // inside + θ·(the end − what the end were without noise)
    let whole = combined(WEIGHTS, h, STAGES);
    motion.end = 1.0 - phi;
    motion.stay -= motion.end * whole.stay;
    for (var l = 0; l < STAGES; l++) { // unroll
      motion.parts[l] -= motion.end * whole.parts[l];
    }
  }
  return motion;
}

fn moved_attention(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32) -> Tokens {
  var a = (*s).attention;
  if (TRAIN_LOGITS && count > 0) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      let base = motion.stay.y * select(a[i], attention_before[i], motion.before);
      a[i] = select(base, base + motion.end * a[i], GRADIENT_NOISE);
    }
    for (var l = 0; l < STAGES; l++) { // unroll
      if (l < count) {
        for (var i = 0; i < TOKENS; i++) { // unroll
          a[i] -= motion.parts[l].y * (*stages)[l].slope[i];
        }
      }
    }
  }
  return a;
}

// The state whose values are moved.
fn base_of(s: ptr<function, State>, motion: Motion) -> State {
  var base = *s;
  if (motion.before) { base.values = values_before(s); }
  return base;
}

fn moved_output(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, w: Tokens) -> Vector {
  if (!TRAIN_VALUES || count == 0) { return output_of(s, w); }
  var base = base_of(s, motion);
  var y = output_of(&base, w);
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    y[k] *= motion.stay.x;
  }
  if (GRADIENT_NOISE) {
    if (agreed(motion.end != 0.0)) {
      let end = output_of(s, w);
      for (var k = 0; k < COMPONENTS; k++) { // unroll
        y[k] += motion.end * end[k];
      }
    }
  }
  for (var l = 0; l < STAGES; l++) { // unroll
    if (l < count) {
      for (var t = 0; t < TERMS; t++) { // unroll
        let overlap = motion.parts[l].x * dot_tokens((*stages)[l].w[t], w);
        for (var k = 0; k < COMPONENTS; k++) { // unroll
          y[k] -= overlap * (*stages)[l].x[t][k];
        }
      }
    }
  }
  return y;
}

// (Nothing asks for that of a state inside a step.)
fn moved_pull(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, x: Vector) -> Tokens {
  if (!TRAIN_VALUES || count == 0) { return pull_of(s, x); }
  var base = base_of(s, motion);
  var c = pull_of(&base, x);
  for (var i = 0; i < TOKENS; i++) { // unroll
    c[i] *= motion.stay.x;
  }
  for (var l = 0; l < STAGES; l++) { // unroll
    if (l < count) {
      var short = Vector(); // times its part, which has the length of the step: the square of a steep slope may overflow
      for (var k = 0; k < COMPONENTS; k++) { // unroll
        short[k] = motion.parts[l].x * x[k];
      }
      for (var t = 0; t < TERMS; t++) { // unroll
        let overlap = dot_vectors((*stages)[l].x[t], short);
        for (var i = 0; i < TOKENS; i++) { // unroll
          c[i] -= overlap * (*stages)[l].w[t][i];
        }
      }
    }
  }
  return c;
}

// Computes stages 1 … end − 1 of a step of h. Stage 0, the slope at the state, is given.
fn take_stages(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, end: i32) {
  for (var j = 1; j < STAGES; j++) { // unroll
    if (j < end) {
      let motion = combined(STAGE_WEIGHTS[j], h, j);
      stage_stay[j] = motion.stay;
      stage_parts[j] = motion.parts;
      let z = moved_logits(s, stages, motion, j);
      (*stages)[j] = moved_slope(s, stages, motion, j, z, normalizer_forward(z));
    }
  }
}

// Moves the state by a step of h, and keeps that before it.
fn advance(s: ptr<function, State>, stages: ptr<function, Stages>, h: f32) {
  let motion = combined(WEIGHTS, h, STAGES);
  attention_before = (*s).attention;
  (*s).attention = moved_attention(s, stages, motion, STAGES);
  if (GRADIENT_NOISE && TRAIN_LOGITS) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      (*s).attention[i] -= h * noise_of_logit(i);
    }
  }
  if (TRAIN_VALUES) {
    keep_before(s);
    advance_values(s, stages, motion, h);
  }
}

// Root mean square, over all that is trained, of Σ_j weights_j·slope_j over its scale, computed entry by entry.
fn scaled_norm(s: ptr<function, State>, stages: ptr<function, Stages>, weights: Parts) -> f32 {
  let sum = summed(weights);
  var squares = Tokens();
  if (TRAIN_VALUES) { squares = value_squares(s, stages, sum); }
  if (TRAIN_LOGITS) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      var e = sum.stay.y * (*s).attention[i];
      for (var j = 0; j < STAGES; j++) { // unroll
        e += sum.parts[j].y * (*stages)[j].slope[i];
      }
      let scaled = e / logit_scale(s, i);
      squares[i] += scaled * scaled;
    }
  }
  return sqrt(sum_tokens(squares) / f32(TRAINED));
}
