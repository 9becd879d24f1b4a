import type { Faults } from "./fault.ts";

/** Faults in the shaders of optimizers, of their schedules, and of weight decay. */
export const ofTraining: Faults = {
  "optimizers/gradient-descent.wgsl": [
    { says: "D = 1.001 G", from: "return rate * g;", to: "return 1.001 * rate * g;", runs: "descent", test: "optimizers" },
  ],
  "optimizers/momentum.wgsl": [
    { says: "memory × 0.99", from: "added(kept(", to: "added(0.99 * kept(", runs: "momentum", test: "optimizers" },
  ],
  "optimizers/nesterov.wgsl": [
    {
      says: "D = m, as without looking ahead",
      from: "return rate * added(kept((*memory)[0], OPTIMIZER_REST_MOMENTUM), g, OPTIMIZER_REST_MOMENTUM);",
      to: "return rate * (*memory)[0];",
      runs: "nesterov",
      test: "optimizers",
    },
  ],
  "optimizers/sign.wgsl": [
    { says: "D = 1.001 sign(G)", from: "return rate * sign(g);", to: "return 1.001 * rate * sign(g);", runs: "sign", test: "optimizers" },
  ],
  "optimizers/lion.wgsl": [
    {
      says: "β₂ in the place of β₁",
      from: "OPTIMIZER_REST_BETA1), g, OPTIMIZER_REST_BETA1",
      to: "OPTIMIZER_REST_BETA2), g, OPTIMIZER_REST_BETA2",
      runs: "lion",
      test: "optimizers",
    },
  ],
  "optimizers/normalized.wgsl": [
    {
      says: "steps 1.001 as long",
      from: "(scale * g * over_norm)",
      to: "(1.001 * scale * g * over_norm)",
      runs: "normalized",
      test: "optimizers",
    },
  ],
  "optimizers/rmsprop.wgsl": [
    {
      says: "the mean of G² takes in twice as much",
      from: "g * g, OPTIMIZER_REST_DECAY)",
      to: "g * g, 2.0 * OPTIMIZER_REST_DECAY)",
      runs: "rmsprop",
      test: "optimizers",
    },
  ],
  "optimizers/adam.wgsl": [
    { says: "no bias correction", from: "let sums = next / rest;", to: "let sums = 1.0 / rest;", runs: "adam", test: "optimizers" },
    { says: "the mean of |G|", from: "+ g * g,", to: "+ abs(g),", runs: "adam", test: "optimizers" },
    {
      says: "β as float32 has it, in each step",
      from: "return select(beta, neighbor, each * k + each < each);",
      to: "return beta;",
      runs: "adam",
      test: "optimizers",
      equivalent: "over some thousands of steps the sums are off by no more than their own rounding allows",
    },
    { says: "each number over the root of the other", from: "below.yx *", to: "below.xy *", runs: "adam", test: "optimizers" },
  ],
  "schedules/constant.wgsl": [
    { says: "rate × 1.001", from: "return RATE_FROM;", to: "return 1.001 * RATE_FROM;", runs: "adam", test: "optimizers" },
  ],
  "schedules/linear.wgsl": [
    {
      says: "the next step's rate",
      from: "f32(min(steps, RATE_SPAN)) / f32(RATE_SPAN)",
      to: "f32(min(steps + 1u, RATE_SPAN)) / f32(RATE_SPAN)",
      runs: "linearRate",
      test: "optimizers",
    },
  ],
  "schedules/cosine.wgsl": [
    { says: "a coefficient of the sine", from: "1.0 - t / 20.0", to: "1.0 - t / 21.0", runs: "cosineRate", test: "optimizers" },
    {
      says: "flow time × 1.01",
      from: "f32(j) * (RATE_FROM + RATE_TO)",
      to: "1.01 * f32(j) * (RATE_FROM + RATE_TO)",
      runs: "cosineRate",
      test: "optimizers",
    },
  ],
  "steps/training.wgsl": [
    {
      says: "decay × 1.01",
      from: "moves(g + coupled * x,",
      to: "moves(g + 1.01 * coupled * x,",
      runs: "descent",
      test: "optimizers",
    },
    {
      says: "a warm-up a step ahead",
      from: "f32(k + 1u) / f32(WARM_UP)",
      to: "f32(k + 2u) / f32(WARM_UP)",
      runs: "linearRate",
      test: "optimizers",
    },
  ],
  "steps/fixed.wgsl": [
    {
      says: "step numbers from the beginning of a dispatch",
      from: "take_step(s, stages, (*progress).steps + steps,",
      to: "take_step(s, stages, steps,",
      runs: "linearRate",
      test: "optimizers",
    },
  ],
  "steps/training-trials.wgsl": [
    {
      says: "step numbers from 1",
      from: "train(s, stages, k);",
      to: "train(s, stages, k + 1u);",
      runs: "linearRate",
      test: "optimizers",
    },
  ],
  "steps/training-registers.wgsl": [
    {
      says: "the gradient of values × 1.001",
      from: "g += (*stages)[0].w[t][i] *",
      to: "g += 1.001 * (*stages)[0].w[t][i] *",
      runs: "descent",
      test: "optimizers",
    },
  ],
  "steps/training-memory.wgsl": [
    {
      says: "the gradient of values × 1.01",
      from: "var g = sums_of_terms(x, four);",
      to: "var g = 1.01 * sums_of_terms(x, four);",
      runs: "memoryTraining",
      test: "noise",
    },
  ],
  "steps/decay.wgsl": [
    {
      says: "decay × 1.01",
      from: "motion.stay -= weights[l] * decay * stay_of(l);",
      to: "motion.stay -= 1.01 * weights[l] * decay * stay_of(l);",
      runs: "decay",
      test: "decay",
    },
    {
      says: "errors without what decay adds",
      from: "var e = sum.stay.y *",
      to: "var e = 0.0 * sum.stay.y *",
      runs: "decay",
      test: "decay",
      equivalent: "the estimate is a little smaller, within what tolerances allow",
    },
    {
      says: "a state inside a step without its part of the noise",
      from: "motion.end = 1.0 - phi;",
      to: "motion.end = 0.0 * phi;",
      runs: "noise",
      test: "noise",
    },
  ],
  "steps/decay-registers.wgsl": [
    { says: "half of the noise", from: "-= h * noise_of_value", to: "-= 0.5 * h * noise_of_value", runs: "noise", test: "noise" },
    { says: "values move 1.001 as far", from: "sum += (parts[l].x *", to: "sum += 1.001 * (parts[l].x *", runs: "decay", test: "decay" },
  ],
  "steps/decay-memory.wgsl": [
    {
      says: "values move 1.01 as far",
      from: "* before[f] - sums_of_terms(x, four);",
      to: "* before[f] - 1.01 * sums_of_terms(x, four);",
      runs: "memoryDecay",
      test: "decay",
    },
  ],
  "noise/draw.wgsl": [
    {
      says: "the next step's numbers",
      from: "run_number(run_taken), step",
      to: "run_number(run_taken), step + 1u",
      runs: "noise",
      test: "noise",
    },
    {
      says: "the same numbers in every run",
      from: "vec2u(run_number(run_taken), step)",
      to: "vec2u(0u, step)",
      runs: "labels",
      test: "noise",
    },
  ],
  "noise/label.wgsl": [
    { says: "not less its mean", from: "drawn[c] -= mean;", to: "drawn[c] -= 0.0 * mean;", runs: "labels", test: "noise" },
    { says: "half of the noise", from: "aim[c] += aim_noise[c];", to: "aim[c] += 0.5 * aim_noise[c];", runs: "labels", test: "noise" },
  ],
  "noise/batch.wgsl": [
    {
      says: "a sample that is drawn twice counts once",
      from: "counts[c] += select(0.0, 1.0, component_of(c) == drawn);",
      to: "counts[c] = max(counts[c], select(0.0, 1.0, component_of(c) == drawn));",
      runs: "batches",
      test: "noise",
    },
    {
      says: "samples count 1.001 times as often",
      from: "counts[c] * each",
      to: "counts[c] * 1.001 * each",
      runs: "batches",
      test: "noise",
    },
  ],
  "noise/gradient.wgsl": [
    { says: "noise of logits × 1.001", from: "return logit_noise[i];", to: "return 1.001 * logit_noise[i];", runs: "noise", test: "noise" },
  ],
  "noise/gradient-registers.wgsl": [
    { says: "the next component's number", from: "u32(at % DIM));", to: "u32(at % DIM) + 1u);", runs: "noise", test: "noise" },
  ],
  "noise/gradient-memory.wgsl": [
    { says: "noise of values × 1.01", from: "return draw_noise(", to: "return 1.01 * draw_noise(", runs: "memoryNoise", test: "noise" },
  ],
  "clocks/centered.wgsl": [
    { says: "pulls × 1.001", from: "out[i] = c[i] - origin;", to: "out[i] = 1.001 * (c[i] - origin);", runs: "clock", test: "clock" },
  ],
};
