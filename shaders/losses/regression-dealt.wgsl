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
  for (var part = 0; part < VECTOR_PARTS; part++) {
    show_vector(y, part * SHOWN);
    for (var i = 0; i < AIM_COMPONENTS; i++) {
      r[i] += design_dot(i, u32(part) * HELD);
    }
  }
  return r;
}

// The dot product of sample i of this lane with what the board shows, which are the components from `origin` on.
fn design_dot(i: i32, origin: u32) -> f32 {
  let end = min(HELD, u32(DIM) - origin);
  var sum = 0.0;
  if (VALUE_LANES == 1u) {
    let sample = min(sample_of(i), u32(AIM_LENGTH) - 1u);
    for (var k = 0u; k < end; k++) {
      sum += shown(k) * design(sample, origin + k);
    }
  } else {
    for (var round = 0u; round < rounds(VALUE_LANES / 4u); round++) {
      let samples = min(token_of_member(i, 4u * round) + vec4u(0u, 1u, 2u, 3u), vec4u(u32(AIM_LENGTH) - 1u));
      var sums = vec4f();
      for (var at = 0u; at < rounds(VALUE_ROUNDS); at++) {
        let k = at * VALUE_LANES + lane % VALUE_LANES;
        if (k >= end) { break; }
        sums += shown(k) * vec4f(design(samples.x, origin + k), design(samples.y, origin + k), design(samples.z, origin + k), design(samples.w, origin + k));
      }
      sum = own_sum(sum, sums, 4u * round);
    }
  }
  return select(0.0, sum, sample_of(i) < u32(AIM_LENGTH));
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
    let twice = 2.0 * r[i];
    show(lane, select(twice, twice + sample_excess[i] * twice, BATCH_NOISE));
    workgroupBarrier();
    let origin = u32(i) * LANES;
    for (var k = 0; k < COMPONENTS; k++) {
      if (is_component(k)) {
        for (var sample = 0u; sample < min(LANES, u32(AIM_LENGTH) - origin); sample++) {
          g[k] += shown(sample) * design(origin + sample, component_of(k));
        }
      }
    }
  }
  return g;
}
