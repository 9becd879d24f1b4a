// The Euler flow of the value-softmax model under square loss, by hand: scripts/bench/peers/euler.cu, loop for loop, for the compiler that
// counts our own kernel. It takes steps and nothing else: no event, no recorded time, no test for a state that is too large.
@group(0) @binding(0) var<storage, read> settings: array<f32>; // steps, their length, and the number of runs
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read> goals: array<f32>;

@compute @workgroup_size(64)
fn flow(@builtin(global_invocation_id) id: vec3u) {
  let steps = u32(settings[0]);
  let step = settings[1];
  let runs = u32(settings[2]);
  let lane = id.x % LANES;
  let run = id.x / LANES;
  var a = array<f32, TOKENS>();
  var v = array<array<f32, DIM>, TOKENS>();
  var goal = array<f32, DIM>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    a[i] = logits[(u32(i) * LANES + lane) * runs + run];
    for (var k = 0; k < DIM; k++) { // unroll
      v[i][k] = values[((u32(i) * LANES + lane) * u32(DIM) + u32(k)) * runs + run];
    }
  }
  for (var k = 0; k < DIM; k++) { // unroll
    goal[k] = goals[u32(k) * runs + run];
  }
  for (var t = 0u; t < steps; t++) {
    var largest = a[0];
    for (var i = 1; i < TOKENS; i++) { // unroll
      largest = max(largest, a[i]);
    }
    largest = most_of_lanes(largest);
    var sum = 0.0;
    var weights = array<f32, TOKENS>();
    var gradient = array<f32, DIM>();
    for (var i = 0; i < TOKENS; i++) { // unroll
      weights[i] = exp(a[i] - largest);
      sum += weights[i];
      for (var k = 0; k < DIM; k++) { // unroll
        gradient[k] += weights[i] * v[i][k];
      }
    }
    let over_sum = 1.0 / sum_of_lanes(sum);
    let scale = step * over_sum;
    for (var k = 0; k < DIM; k++) { // unroll
      gradient[k] = sum_of_lanes(gradient[k]) * over_sum - goal[k];
    }
    var mean = 0.0;
    var pull = array<f32, TOKENS>();
    for (var i = 0; i < TOKENS; i++) { // unroll
      let moved = weights[i] * scale;
      var dot = 0.0;
      for (var k = 0; k < DIM; k++) { // unroll
        dot += gradient[k] * v[i][k];
        v[i][k] -= moved * gradient[k];
      }
      pull[i] = dot;
      mean += weights[i] * dot;
      weights[i] = moved;
    }
    mean = sum_of_lanes(mean) * over_sum;
    for (var i = 0; i < TOKENS; i++) { // unroll
      a[i] -= weights[i] * (pull[i] - mean);
    }
  }
  for (var i = 0; i < TOKENS; i++) { // unroll
    logits[(u32(i) * LANES + lane) * runs + run] = a[i];
    for (var k = 0; k < DIM; k++) { // unroll
      values[((u32(i) * LANES + lane) * u32(DIM) + u32(k)) * runs + run] = v[i][k];
    }
  }
}
