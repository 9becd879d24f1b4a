// Regression ‖X y − b‖², as in regression.wgsl, where components and samples are dealt over the lanes as tokens are.
// Twin: src/reference/losses/regression.ts
fn design(sample: u32, k: u32) -> f32 {
  return design_word(BASE_DESIGN_AT + sample * u32(DIM) + k);
}

fn sample_of(i: i32) -> u32 {
  return u32(i) * LANES + lane;
}

// X y − b
fn residuals(y: Vector, response: Aim) -> Aim {
  var r = Aim();
  for (var i = 0; i < AIM_COMPONENTS; i++) {
    r[i] = -response[i];
  }
  for (var first = 0; first < COMPONENTS; first += SHOWN) {
    show_vector(y, first);
    let origin = u32(first) * LANES;
    let end = min(u32(SHOWN) * LANES, u32(DIM) - origin);
    for (var i = 0; i < AIM_COMPONENTS; i++) {
      for (var member = 0u; member < VALUE_LANES; member++) {
        let sample = token_of_member(i, member);
        var sum = 0.0;
        if (sample < u32(AIM_LENGTH)) {
          for (var k = lane % VALUE_LANES; k < end; k += VALUE_LANES) {
            sum += board[k] * design(sample, origin + k);
          }
        }
        r[i] += own_sum(sum, member);
      }
    }
  }
  return r;
}

fn loss_value(y: Vector, response: Aim) -> f32 {
  let r = residuals(y, response);
  var sum = 0.0;
  for (var i = 0; i < AIM_COMPONENTS; i++) {
    sum += select(0.0, r[i] * r[i], sample_of(i) < u32(AIM_LENGTH));
  }
  return lanes_sum(sum);
}

// How much more than once each sample counts in a step: 0, but in a mini-batch (shaders/noise/batch.wgsl).
var<private> sample_excess: Aim;

// 2 Xᵀ(X y − b)
fn loss_gradient(y: Vector, response: Aim) -> Vector {
  let r = residuals(y, response);
  var g = Vector();
  for (var i = 0; i < AIM_COMPONENTS; i++) {
    workgroupBarrier();
    board[lane] = 2.0 * r[i];
    if (BATCH_NOISE) { board[lane] += sample_excess[i] * board[lane]; }
    workgroupBarrier();
    let origin = u32(i) * LANES;
    for (var k = 0; k < COMPONENTS; k++) {
      if (is_component(k)) {
        for (var sample = 0u; sample < min(LANES, u32(AIM_LENGTH) - origin); sample++) {
          g[k] += board[sample] * design(origin + sample, component_of(k));
        }
      }
    }
  }
  return g;
}
