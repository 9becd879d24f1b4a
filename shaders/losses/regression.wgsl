// Regression ‖X y − b‖², without ½: the design X has a row for each sample, the response b is the target.
// Twin: src/reference/losses/regression.ts
//
// The loop over samples stays a loop: X is in memory, the same for all runs of a batch.
fn design(sample: i32, k: i32) -> f32 {
  return design_word(BASE_DESIGN_AT + u32(sample * DIM + k));
}

fn residual(sample: i32, y: Vector, response: f32) -> f32 {
  var r = -response;
  for (var k = 0; k < DIM; k++) { // unroll
    r += design(sample, k) * y[k];
  }
  return r;
}

fn loss_value(y: Vector, response: Aim) -> f32 {
  var b = response;
  var sum = 0.0;
  for (var sample = 0; sample < AIM_LENGTH; sample++) {
    let r = residual(sample, y, b[sample]);
    sum += r * r;
  }
  return sum;
}

// How much more than once each sample counts in a step: 0, but in a mini-batch (shaders/noise/batch.wgsl).
var<private> sample_excess: Aim;

// 2 Xᵀ(X y − b)
fn loss_gradient(y: Vector, response: Aim) -> Vector {
  var b = response;
  var g = Vector();
  for (var sample = 0; sample < AIM_LENGTH; sample++) {
    var r = 2.0 * residual(sample, y, b[sample]);
    if (BATCH_NOISE) { r += sample_excess[sample] * r; }
    for (var k = 0; k < DIM; k++) { // unroll
      g[k] += r * design(sample, k);
    }
  }
  return g;
}
