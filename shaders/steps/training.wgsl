// Steps of an optimizer, x ← x − ηD with D made of the gradient G: shaders/optimizers/ says how.   Twin: src/reference/training.ts
//
// A file in shaders/optimizers/ defines begin_step, called once on every lane in step number k, counted from 0; and moves, called for two numbers that are
// trained: ηD, given G and what is kept of these numbers, which it updates. Where the count is odd, the last number stands twice in its pair.
// A file in shaders/schedules/ defines rate_after and time_after. Inside a step the state is on the line between its ends.
alias Memory = array<vec2f, SLOTS>; // what is kept of two numbers that are trained; SLOTS is at least 1, MEMORY of them are used
var<private> logit_memory: array<Tokens, SLOTS>;
var<private> carried: array<f32, 2>; // what is kept of the run; CARRIED of them are used
var<private> attention_before: Tokens; // at the beginning of the last step

// From the end of a step back to a state inside it: by this part of the step.
struct Motion {
  phi: f32,
}

fn inside(h: f32, phi: f32) -> Motion {
  return Motion(phi);
}

fn moved_attention(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32) -> Tokens {
  var a = (*s).attention;
  if (TRAIN_LOGITS && count > 0) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      a[i] += motion.phi * (attention_before[i] - a[i]);
    }
  }
  return a;
}

fn moved_output(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, w: Tokens) -> Vector {
  var y = output_of(s, w);
  if (TRAIN_VALUES && count > 0) {
    if (agreed(motion.phi > 0.0)) {
      var earlier = *s;
      earlier.values = values_before();
      let before = output_of(&earlier, w);
      for (var k = 0; k < COMPONENTS; k++) { // unroll
        y[k] += motion.phi * (before[k] - y[k]);
      }
    }
  }
  return y;
}

// Of a state that is not moved.
fn moved_pull(s: ptr<function, State>, stages: ptr<function, Stages>, motion: Motion, count: i32, x: Vector) -> Tokens {
  return pull_of(s, x);
}

// The learning rate of step number k, counted from 0.
fn rate_at(k: u32) -> f32 {
  if (k < WARM_UP) { return RATE_FROM * (f32(k + 1u) / f32(WARM_UP)); }
  return rate_after(k - WARM_UP);
}

fn flow_time(m: Moment) -> f32 {
  let risen = min(m.ticks, WARM_UP);
  var time = time_after(m.ticks - risen);
  if (WARM_UP > 0u) { time += RATE_FROM * f32(risen) * (f32(risen) + 1.0) / (2.0 * f32(WARM_UP)); }
  return time + m.rest;
}

// Takes step number k from the state, whose slope is computed.
fn train(s: ptr<function, State>, stages: ptr<function, Stages>, k: u32) {
  let rate = rate_at(k);
  STEP = rate;
  TICK = rate;
  if (GRADIENT_NOISE && TRAIN_LOGITS) {
    for (var i = 0; i < TOKENS; i++) { // unroll
      (*stages)[0].slope[i] += noise_of_logit(i);
    }
  }
  begin_step(s, stages, k);
  attention_before = (*s).attention;
  if (TRAIN_LOGITS) { train_logits(s, stages, rate); }
  if (TRAIN_VALUES) { train_values(s, stages, rate, k); }
}

fn train_logits(s: ptr<function, State>, stages: ptr<function, Stages>, rate: f32) {
  for (var pair = 0; pair < TOKEN_PAIRS; pair++) { // unroll
    let i = 2 * pair;
    let j = min(i + 1, TOKENS - 1);
    var memory = Memory();
    for (var m = 0; m < MEMORY; m++) { // unroll
      memory[m] = vec2f(logit_memory[m][i], logit_memory[m][j]);
    }
    let a = vec2f((*s).attention[i], (*s).attention[j]);
    let g = vec2f((*stages)[0].slope[i], (*stages)[0].slope[j]);
    let next = stepped(a, g, rate, COUPLED_LOGITS, DECOUPLED_LOGITS, &memory);
    (*s).attention[i] = next.x;
    (*s).attention[j] = next.y;
    for (var m = 0; m < MEMORY; m++) { // unroll
      logit_memory[m][i] = memory[m].x;
      logit_memory[m][j] = memory[m].y;
    }
  }
}

// Two numbers after a step, given the gradient of the loss by them. They are rounded once.
fn stepped(x: vec2f, g: vec2f, rate: f32, coupled: f32, decoupled: f32, memory: ptr<function, Memory>) -> vec2f {
  if (!HAS_DECAY) { return x - moves(g, rate, memory); }
  return x - (rate * decoupled * x + moves(g + coupled * x, rate, memory));
}

// For an optimizer with a mean of G: one that takes in zeros alone shrinks to numbers below float32's normal range, with which a processor takes up to some
// 20 times as long. So 2⁻¹⁰⁰ is added to the factors of gradients. A number near 2⁻⁷⁰ or more does not feel it.
fn lift_zeros(stages: ptr<function, Stages>) {
  for (var i = 0; i < TOKENS; i++) { // unroll
    (*stages)[0].slope[i] += 0x1p-100;
  }
  for (var t = 0; t < TERMS; t++) { // unroll
    for (var k = 0; k < COMPONENTS; k++) { // unroll
      (*stages)[0].x[t][k] += 0x1p-100;
    }
  }
}

// What is remembered, of which an optimizer gives up the part `rest`: nothing where that is all, so that no rounding of it stays.
fn kept(x: vec2f, rest: f32) -> vec2f {
  return select(x, vec2f(), rest == 1.0);
}

// (1 − rest)·sum + x. Written so that rounding of 1 − rest, near 1, does not matter.
fn added(sum: vec2f, x: vec2f, rest: f32) -> vec2f {
  return sum + (x - rest * sum);
}

// (1 − part)·mean + part·x, in the same way.
fn averaged(mean: vec2f, x: vec2f, part: f32) -> vec2f {
  return mean + part * (x - mean);
}

// Of the slope, only the weights: the rest is computed at the beginning of a step.
fn load_slope(run: u32) -> Stage {
  for (var m = 0; m < MEMORY; m++) { // unroll
    logit_memory[m] = load_tokens(run, STATE_LOGIT_MEMORY_AT + u32(m) * ALL_TOKENS);
  }
  for (var c = 0; c < CARRIED; c++) { // unroll
    carried[c] = states[(STATE_CARRIED_AT + u32(c)) * batch.stride + run];
  }
  load_value_memory(run);
  var stage = Stage();
  stage.w[0] = load_tokens(run, STATE_SLOPE_AT);
  return stage;
}

fn store_slope(run: u32, stage: Stage) {
  for (var m = 0; m < MEMORY; m++) { // unroll
    store_tokens(run, STATE_LOGIT_MEMORY_AT + u32(m) * ALL_TOKENS, logit_memory[m]);
  }
  if (lane == 0u) {
    for (var c = 0; c < CARRIED; c++) { // unroll
      states[(STATE_CARRIED_AT + u32(c)) * batch.stride + run] = carried[c];
    }
  }
  store_value_memory(run);
  store_tokens(run, STATE_SLOPE_AT, stage.w[0]);
}

// An optimizer's steps do not adapt.
fn first_step(s: ptr<function, State>, stages: ptr<function, Stages>, max_step: f32) -> f32 {
  return 0.0;
}
