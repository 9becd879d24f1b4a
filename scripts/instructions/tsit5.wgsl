// The adaptive flow of the value-softmax model under square loss, by hand: scripts/bench/peers/tsit5.h, loop for loop, for the compiler that counts our own
// kernel. It takes trials and nothing else: no event, no recorded time, no test for a state that is too large. Time is one float32 here.
@group(0) @binding(0) var<storage, read> settings: array<f32>; // the end, rtol, atol, and the number of runs
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read> goals: array<f32>;
@group(0) @binding(4) var<storage, read_write> steps: array<f32>; // the length of the first trial of each run; afterwards trials accepted and rejected

struct Stage {
  p: array<f32, TOKENS>,
  g: array<f32, DIM>,
  slope: array<f32, TOKENS>,
}

@compute @workgroup_size(64)
fn flow(@builtin(global_invocation_id) id: vec3u) {
  let end = settings[0];
  let rtol = settings[1];
  let atol = settings[2];
  let runs = u32(settings[3]);
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
  var step = steps[run];
  var accepted = 0.0;
  var rejected = 0.0;
  var now = 0.0;
  var again = false;
  var s = array<Stage, STAGES>();
  s[0] = stage_of(a, &v, &s, goal, 0.0, 0);
  loop {
    if (!subgroupAny(now < end)) { break; }
    let left = end - now;
    let last = 1.01 * step >= left;
    let h = select(step, left, last);
    for (var j = 1; j < STAGES; j++) { // unroll
      s[j] = stage_of(a, &v, &s, goal, h, j);
    }
    let error = error_of(a, &v, &s, h, rtol, atol);
    let sound = (bitcast<u32>(error) & 0x7f800000u) != 0x7f800000u;
    let kept = sound && error <= 1.0;
    accepted += select(0.0, 1.0, kept);
    rejected += select(1.0, 0.0, kept);
    var factor = clamp(0.9 * exp2(-0.2 * log2(max(error, 1e-30))), 0.2, 10.0);
    factor = select(0.1, factor, sound);
    step = h * select(min(factor, 1.0), factor, kept && !again);
    again = !kept;
    if (kept) {
      var moves = array<f32, STAGES>();
      for (var l = 0; l < LAST; l++) { // unroll
        moves[l] = h * STAGE_WEIGHTS[LAST][l];
      }
      for (var i = 0; i < TOKENS; i++) { // unroll
        for (var l = 0; l < LAST; l++) { // unroll
          let moved = moves[l] * s[l].p[i];
          a[i] -= moves[l] * s[l].slope[i];
          for (var k = 0; k < DIM; k++) { // unroll
            v[i][k] -= moved * s[l].g[k];
          }
        }
      }
      now = select(now + h, end, last);
      s[0] = s[LAST];
    }
  }
  steps[run] = accepted;
  steps[runs + run] = rejected;
  for (var i = 0; i < TOKENS; i++) { // unroll
    logits[(u32(i) * LANES + lane) * runs + run] = a[i];
    for (var k = 0; k < DIM; k++) { // unroll
      values[((u32(i) * LANES + lane) * u32(DIM) + u32(k)) * runs + run] = v[i][k];
    }
  }
}

// Stage j of a step of h.
fn stage_of(
  a: array<f32, TOKENS>, v: ptr<function, array<array<f32, DIM>, TOKENS>>, s: ptr<function, array<Stage, STAGES>>,
  goal: array<f32, DIM>, h: f32, j: i32,
) -> Stage {
  var z = a;
  var moves = array<f32, STAGES>();
  for (var l = 0; l < STAGES; l++) { // unroll
    if (l < j) {
      moves[l] = h * STAGE_WEIGHTS[j][l];
      for (var i = 0; i < TOKENS; i++) { // unroll
        z[i] -= moves[l] * (*s)[l].slope[i];
      }
    }
  }
  var largest = z[0];
  for (var i = 1; i < TOKENS; i++) { // unroll
    largest = max(largest, z[i]);
  }
  largest = most_of_lanes(largest);
  var out = Stage();
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    out.p[i] = exp(z[i] - largest);
    sum += out.p[i];
  }
  let over_sum = 1.0 / sum_of_lanes(sum);
  for (var i = 0; i < TOKENS; i++) { // unroll
    out.p[i] *= over_sum;
    for (var k = 0; k < DIM; k++) { // unroll
      out.g[k] += out.p[i] * (*v)[i][k];
    }
  }
  for (var l = 0; l < STAGES; l++) { // unroll
    if (l < j) {
      var overlap = 0.0;
      for (var i = 0; i < TOKENS; i++) { // unroll
        overlap += (*s)[l].p[i] * out.p[i];
      }
      overlap *= moves[l];
      for (var k = 0; k < DIM; k++) { // unroll
        out.g[k] -= overlap * (*s)[l].g[k];
      }
    }
  }
  for (var k = 0; k < DIM; k++) { // unroll
    out.g[k] = sum_of_lanes(out.g[k]) - goal[k];
  }
  var pull = array<f32, TOKENS>();
  for (var i = 0; i < TOKENS; i++) { // unroll
    for (var k = 0; k < DIM; k++) { // unroll
      pull[i] += (*v)[i][k] * out.g[k];
    }
  }
  for (var l = 0; l < STAGES; l++) { // unroll
    if (l < j) {
      var overlap = 0.0;
      for (var k = 0; k < DIM; k++) { // unroll
        overlap += (*s)[l].g[k] * out.g[k];
      }
      overlap *= moves[l];
      for (var i = 0; i < TOKENS; i++) { // unroll
        pull[i] -= overlap * (*s)[l].p[i];
      }
    }
  }
  var mean = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    mean += out.p[i] * pull[i];
  }
  mean = sum_of_lanes(mean);
  for (var i = 0; i < TOKENS; i++) { // unroll
    out.slope[i] = out.p[i] * (pull[i] - mean);
  }
  return out;
}

// Root mean square of the estimated error of a step over its scale.
fn error_of(
  a: array<f32, TOKENS>, v: ptr<function, array<array<f32, DIM>, TOKENS>>, s: ptr<function, array<Stage, STAGES>>,
  h: f32, rtol: f32, atol: f32,
) -> f32 {
  var sum = 0.0;
  for (var i = 0; i < TOKENS; i++) { // unroll
    var off = 0.0;
    var moved = array<f32, STAGES>();
    for (var l = 0; l < STAGES; l++) { // unroll
      moved[l] = h * ERROR[l] * (*s)[l].p[i];
      off += h * ERROR[l] * (*s)[l].slope[i];
    }
    var square = 0.0;
    var squares = 0.0;
    for (var k = 0; k < DIM; k++) { // unroll
      var e = 0.0;
      for (var l = 0; l < STAGES; l++) { // unroll
        e += moved[l] * (*s)[l].g[k];
      }
      squares += e * e;
      square += (*v)[i][k] * (*v)[i][k];
    }
    let scale = 1.0 / (atol + rtol * sqrt(square * (1.0 / f32(DIM))));
    let scaled = off / (atol + rtol * abs(a[i]));
    sum += squares * (scale * scale) + scaled * scaled;
  }
  return sqrt(sum_of_lanes(sum) * (1.0 / f32(ALL_TOKENS * (DIM + 1))));
}
