// The flow in the margin's own clock, dτ = −ℓ′(m) dt with m = β·y: V' = β pᵀ and a' = JᵀVᵀβ, without the loss. Flow
// time is t = ∫ e^f dτ with f = −log(−ℓ′(m)), kept as its logarithm.   Twin: src/reference/flowTime.ts, where the formulas are derived

// In place of ∇L = ℓ′(m) β.
fn slope_gradient(y: Vector, beta: Aim) -> Vector {
  var g = Vector();
  for (var k = 0; k < COMPONENTS; k++) { // unroll
    g[k] = -beta[k];
  }
  return g;
}

// f at the CLOCK_INTERVALS + 1 nodes of a step, at equal distances from its beginning to its end.
alias Slowness = array<f32, CLOCK_INTERVALS + 1>;

// The second difference of f at a node between two others.
fn second_difference(f: ptr<function, Slowness>, node: i32) -> f32 {
  return (*f)[node - 1] - 2.0 * (*f)[node] + (*f)[node + 1];
}

// log(e^x + e^y)
fn log_sum(x: f32, y: f32) -> f32 {
  return max(x, y) + log_1p(exp(-abs(x - y)));
}

// log t after the step of h that ends now, where the output is `end`.
fn log_time_after(log_time: f32, s: ptr<function, State>, stages: ptr<function, Stages>, h: f32, end: Vector) -> f32 {
  var f = Slowness();
  for (var node = 0; node <= CLOCK_INTERVALS; node++) {
    var y = end;
    if (node == 0) {
      y = (*stages)[0].y;
    } else if (node < CLOCK_INTERVALS) {
      let motion = inside(h, f32(CLOCK_INTERVALS - node) / f32(CLOCK_INTERVALS));
      y = moved_output(s, stages, motion, STAGES, normalizer_forward(moved_logits(s, stages, motion, STAGES)));
    }
    f[node] = -loss_log_rate(dot_vectors((*s).aim, y));
  }
  let log_length = log(h / f32(CLOCK_INTERVALS));
  var sum = log_time;
  for (var i = 0; i < CLOCK_INTERVALS; i++) {
    // The second difference in the middle of this interval: the mean of those at its two nodes; extrapolated at an end of the step.
    let nearest = second_difference(&f, clamp(i, 1, CLOCK_INTERVALS - 1));
    let next = second_difference(&f, clamp(select(i + 1, CLOCK_INTERVALS - 2, i == CLOCK_INTERVALS - 1), 2, CLOCK_INTERVALS - 1));
    let at_end = i == 0 || i == CLOCK_INTERVALS - 1;
    let c = select(0.5 * (nearest + next), 1.5 * nearest - 0.5 * next, at_end);
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
