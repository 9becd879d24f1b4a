// The flow in the margin's own clock, dτ = −ℓ′(m) dt with m = β·y: V' = β pᵀ and a' = JᵀVᵀβ, which no longer hold the loss. Flow
// time is t = ∫ e^f dτ with f = −log(−ℓ′(m)), kept as its logarithm.   Twin: src/reference/flowTime.ts, where the formulas are derived

// In place of ∇L = ℓ′(m) β.
fn slope_gradient(y: Vector, beta: Aim) -> Vector {
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = -beta[k];
  }
  return g;
}

// Pulls c = Vᵀg as they enter Jᵀc: where weights are shares J has 0 for its column sums, so that of the largest weight is taken from
// all. Late it is τ itself, all but the whole mean p·c, and the sink's slope p(c − p·c) would be lost in rounding.
fn slope_pull(p: Tokens, c: Tokens) -> Tokens {
  if (!WEIGHTS_ARE_SHARES) { return c; }
  var largest = LEAST;
  var origin = LEAST;
  for (var i = 0; i < TOKENS; i++) { // unroll
    let larger = p[i] > largest && is_here(i);
    largest = select(largest, p[i], larger);
    origin = select(origin, c[i], larger);
  }
  origin = lanes_max(select(LEAST, origin, largest == lanes_max(largest)));
  var out = Tokens();
  for (var i = 0; i < TOKENS; i++) { // unroll
    out[i] = c[i] - origin;
  }
  return out;
}

// f at CLOCK_INTERVALS + 1 places of a step.
alias Slowness = array<f32, CLOCK_INTERVALS + 1>;

// How f bends about a place between two others: its second difference.
fn bend(f: ptr<function, Slowness>, place: i32) -> f32 {
  return (*f)[place - 1] - 2.0 * (*f)[place] + (*f)[place + 1];
}

// log(e^x + e^y)
fn log_sum(x: f32, y: f32) -> f32 {
  return max(x, y) + log_1p(exp(-abs(x - y)));
}

// log t after the step of h that ends now, where the output is `end`.
fn log_time_after(log_time: f32, s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, end: Vector) -> f32 {
  var f = Slowness();
  for (var place = 0; place <= CLOCK_INTERVALS; place++) {
    var y = end;
    if (place == 0) {
      y = (*stages)[0].y;
    } else if (place < CLOCK_INTERVALS) {
      let motion = inside(h, f32(CLOCK_INTERVALS - place) / f32(CLOCK_INTERVALS));
      y = moved_output(s, stages, motion, STAGES, normalizer_forward(moved_logits(s, stages, motion, STAGES)));
    }
    f[place] = -loss_log_rate(dot_vectors((*s).aim, y));
  }
  let log_length = log(h / f32(CLOCK_INTERVALS));
  var sum = log_time;
  for (var i = 0; i < CLOCK_INTERVALS; i++) {
    // Bending in the middle of this interval: between the places at its ends, or beyond the two that are next.
    let near = bend(&f, clamp(i, 1, CLOCK_INTERVALS - 1));
    let far = bend(&f, clamp(select(i + 1, CLOCK_INTERVALS - 2, i == CLOCK_INTERVALS - 1), 2, CLOCK_INTERVALS - 1));
    let at_end = i == 0 || i == CLOCK_INTERVALS - 1;
    let c = select(0.5 * (near + far), 1.5 * near - 0.5 * far, at_end);
    let z = abs(f[i + 1] - f[i]);
    var bulge = 0.0; // log of sinh(z/2)/(z/2)
    var mean = 0.0;  // of x(1 − x) weighted by e^(zx), x from 0 to 1
    if (z < 1.0) { // by their series: the first terms left out are 1e-7 and 3e-6 at z = 1
      let square = z * z;
      bulge = square * (1.0 / 24.0 - square * (1.0 / 2880.0 - square / 181440.0));
      mean = 1.0 / 6.0 - square * (1.0 / 360.0 - square * (1.0 / 15120.0 - square / 604800.0));
    } else {
      let small = exp(-z);
      bulge = 0.5 * z + log((1.0 - small) / z);
      mean = ((1.0 + small) / (1.0 - small) - 2.0 / z) / z;
    }
    sum = log_sum(sum, log_length + 0.5 * (f[i] + f[i + 1]) + bulge - 0.5 * c * mean);
  }
  return sum;
}

// Whether any time has passed.
fn has_log_time(log_time: f32) -> bool {
  return log_time > LOG_TIME_ZERO;
}
