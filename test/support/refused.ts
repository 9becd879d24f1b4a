import { integrators } from "../../src/model/integrators.ts";
import { losses } from "../../src/model/losses.ts";
import { models } from "../../src/model/models.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { optimizers } from "../../src/model/optimizers.ts";

/** The kinds of a table, as an error lists them: all, or those whose row passes. */
export const listed = <T extends object>(table: T, passes: (row: T[keyof T]) => boolean = () => true) => kindsOf(table, passes).join(", ");
const kindsOf = <T extends object>(table: T, passes: (row: T[keyof T]) => boolean) =>
  (Object.entries(table) as [string, T[keyof T]][]).flatMap(([kind, row]) => (passes(row) ? [kind] : []));
const fixed = listed(integrators, (row) => "step" in row.parameters);
const adaptive = listed(integrators, (row) => "rtol" in row.parameters);
const falling = listed(losses, (row) => "falls" in row);

/** Texts that are no specifications, with what the error about each contains. */
export const refused: readonly (readonly [text: string, message: string])[] = [
  ["", "spec.yaml: tokens: expected a number, it is missing"],
  ["tokens: 4\nmodel: tiedd", `spec.yaml:2: model: expected one of ${listed(models)}, got "tiedd" (did you mean "tied"?)`],
  ["tokens: 4\nmodel: tied\ndim: 3", "spec.yaml:3: dim: expected tokens, 4, with the model tied, got 3"],
  [
    "tokens: 4\nmodel: tied\nnormalizer: l1",
    `spec.yaml:3: normalizer: expected one without a kink with the model tied and adaptive steps, got l1, which goes with ${fixed}`,
  ],
  [
    "tokens: 4\nmodel: tied\nnormalizer: l2\nvalues: zero\nlogits: {kind: gaussian}",
    'spec.yaml:5: logits: expected a start at which l2 does not divide by 0, got {"kind":"gaussian","scale":0.1}',
  ],
  [
    "tokens: 2\nmodel: tied\nnormalizer: sum\nlogits: {kind: given, vector: [1, 2]}\nvalues: {kind: given, matrix: [[2, 1], [-4, 0]]}",
    'spec.yaml:4: logits: expected a start at which sum does not divide by 0, got {"kind":"given","vector":[1,2]}',
  ],
  [
    "tokens: 4\noptimizer: adam",
    "spec.yaml:2: optimizer.learningRate: expected a number or a schedule, {kind: constant | linear | cosine, from: …}, it is missing",
  ],
  ["tokens: 4\noptimizer: {kind: adam, learningRate: 0}", "spec.yaml:2: optimizer.learningRate: expected more than 0, got 0"],
  [
    "tokens: 4\noptimizer: {kind: adam, learningRate: fast}",
    'spec.yaml:2: optimizer.learningRate: expected a number or a schedule, {kind: constant | linear | cosine, from: …}, got "fast"',
  ],
  ["tokens: 4\noptimizer: {kind: adam, learningRate: 0.1, beta2: 1}", "spec.yaml:2: optimizer.beta2: expected less than 1, got 1"],
  [
    "tokens: 4\noptimizer: {kind: momentum, learningRate: 0.1, momentum: -0.1}",
    "spec.yaml:2: optimizer.momentum: expected at least 0, got -0.1",
  ],
  [
    "tokens: 4\noptimizer: {kind: sign, learningRate: {kind: cosine, from: 0.1, to: 0}}",
    "spec.yaml:2: optimizer.learningRate.steps: expected a number, it is missing",
  ],
  [
    "tokens: 4\noptimizer: {kind: sign, learningRate: {kind: linear, from: -1, to: 0, steps: 4}}",
    "spec.yaml:2: optimizer.learningRate.from: expected more than 0, got -1",
  ],
  [
    "tokens: 4\noptimizer: {kind: sign, learningRate: {kind: linear, from: 1, to: 0, steps: 4, warmUp: 4}}",
    "spec.yaml:2: optimizer.learningRate.steps: expected more than the 4 steps of the warm-up, got 4",
  ],
  [
    "tokens: 4\noptimizer: {kind: adm, learningRate: 1}",
    `spec.yaml:2: optimizer: expected one of ${listed(optimizers)}, got "adm" (did you mean "adam"?)`,
  ],
  [
    "tokens: 4\nnoise: label",
    "spec.yaml:2: noise: expected nothing with tsit5, whose steps adapt (noise goes with an optimizer, or with euler, heun, rk4), got label",
  ],
  [
    "tokens: 4\nintegrator: euler\nnoise: labels",
    'spec.yaml:3: noise: expected one of label, gradient, batch, got "labels" (did you mean "label"?)',
  ],
  ["tokens: 4\nintegrator: euler\nnoise: {kind: gradient, scale: -1}", "spec.yaml:3: noise.scale: expected at least 0, got -1"],
  [
    "tokens: 4\nintegrator: heun\nnoise: gradient\nuntil: {clock: 5}",
    "spec.yaml:4: until.clock: expected time or steps with noise, under which the margin has no clock of its own, got 5",
  ],
  [
    "tokens: 4\nintegrator: euler\noptimizer: {kind: sign, learningRate: 1}",
    "spec.yaml:3: optimizer: expected an integrator or an optimizer, got both",
  ],
  [
    "tokens: 4\noptimizer: {kind: sign, learningRate: 1}\nuntil: {time: 5}",
    "spec.yaml:3: until.time: expected steps with an optimizer, here sign, got 5",
  ],
  [
    "tokens: 4\noptimizer: {kind: sign, learningRate: 1}\nuntil: {steps: 5, converge: true}",
    "spec.yaml:3: until.converge: expected steps with an optimizer, here sign, got true",
  ],
  [
    "tokens: 4\ndecay: {values: 0.1}\nuntil: {clock: 5}",
    "spec.yaml:3: until.clock: expected time or steps with decay, under which the margin has no clock of its own, got 5",
  ],
  ["tokens: 4\ndecay: {values: -0.1}", "spec.yaml:2: decay.values: expected at least 0, got -0.1"],
  ["tokens: 1", "spec.yaml:1: tokens: expected at least 2, got 1"],
  ["tokens: 5000", "spec.yaml:1: tokens: expected at most 4096, got 5000"],
  ["tokens: 2.5", "spec.yaml:1: tokens: expected a whole number, got 2.5"],
  ["tokens: .nan", "spec.yaml:1: tokens: expected a number, got NaN"],
  ["tokens: .inf", "spec.yaml:1: tokens: expected a number, got Infinity"],
  ['tokens: "8"', 'spec.yaml:1: tokens: expected a number, got "8"'],
  ["- 1", "spec.yaml: specification: expected an object, got [1]"],
  [
    "tokens: 8\nnormalizer: sofmax",
    `spec.yaml:2: normalizer: expected one of ${listed(normalizers)}, got "sofmax" (did you mean "softmax"?)`,
  ],
  ["tokens: 8\nloss: {kind: squar}", `spec.yaml:2: loss: expected one of ${listed(losses)}, got "squar" (did you mean "square"?)`],
  ["tokens: 8\nloss: 3", `spec.yaml:2: loss: expected one of ${listed(losses)}, got 3`],
  ["tokens: 8\n\nruns: 0", "spec.yaml:3: runs: expected at least 1, got 0"],
  ["tokens: 8\nseed: 4294967296", "spec.yaml:2: seed: expected at most 4294967295, got 4294967296"],
  ["tokens: 8\ntrain: none", 'spec.yaml:2: train: expected one of both, values, logits, got "none"'],
  ["tokens: 8\nintegrator: {kind: euler, step: -0.1}", "spec.yaml:2: integrator.step: expected more than 0, got -0.1"],
  ["tokens: 8\nuntil: {steps: -5}", "spec.yaml:2: until.steps: expected at least 1, got -5"],
  ["tokens: 8\nuntil: {time: 0.25}\nintegrator: euler", "spec.yaml:2: until.time: expected a multiple of the step 0.1, got 0.25"],
  ["tokens: 8\nuntil: {steps: 5}", `spec.yaml:2: until.steps: expected time with tsit5, whose steps adapt (steps go with ${fixed}), got 5`],
  [
    "tokens: 8\nintegrator: euler\nuntil: {maxSteps: 5}",
    `spec.yaml:3: until.maxSteps: expected nothing with euler (it goes with ${adaptive}), got 5`,
  ],
  ["tokens: 8\nuntil: {maxSteps: 0}", "spec.yaml:2: until.maxSteps: expected at least 1, got 0"],
  ["tokens: 8\nuntil: {converge: 1}", "spec.yaml:2: until.converge: expected a boolean, got 1"],
  ["tokens: 8\nintegrator: {kind: tsit5, rtol: 1}", "spec.yaml:2: integrator.rtol: expected at most 0.01, got 1"],
  ["tokens: 8\nintegrator: {kind: tsit5, step: 1}", 'spec.yaml:2: integrator.step: unknown key "step"; expected one of kind, rtol, atol'],
  ["tokens: 8\nrecord: {steps: [1]}", "spec.yaml:2: record.steps: expected times with tsit5, whose steps adapt, got [1]"],
  ["tokens: 8\nrecord: {times: {count: 1025}}", "spec.yaml:2: record.times.count: expected at most 1024, got 1025"],
  ["tokens: 8\nuntil: {steps: 5, time: 1}", 'spec.yaml:2: until: expected steps, time or clock, one of them, got {"steps":5,"time":1}'],
  ["tokens: 8\nuntil: {time:5}", "expected one of steps, time, clock, maxSteps, converge (in YAML a space follows the colon)"],
  ["tokens: 8\nuntil: {clock: 5, time: 5}", 'spec.yaml:2: until: expected steps, time or clock, one of them, got {"time":5,"clock":5}'],
  [
    "tokens: 8\nintegrator: euler\nuntil: {clock: 5, steps: 5}",
    'spec.yaml:3: until: expected steps, time or clock, one of them, got {"steps":5,"clock":5}',
  ],
  ...kindsOf(losses, (row) => !("falls" in row)).map((loss): [string, string] => [
    `tokens: 8\nuntil: {clock: 5}\nloss: ${loss}`,
    `spec.yaml:2: until.clock: expected time or steps with ${loss} loss (clock goes with ${falling}), got 5`,
  ]),
  ["tokens: 8\nuntil: {clock: 0}", "spec.yaml:2: until.clock: expected at least 1e-12, got 0"],
  ["tokens: 8\nuntil: {clock: 1e16}", "spec.yaml:2: until.clock: expected at most 1000000000000000, got 10000000000000000"],
  ["tokens: 8\nuntil: {clock: 0.25}\nintegrator: euler", "spec.yaml:2: until.clock: expected a multiple of the step 0.1, got 0.25"],
  [
    "tokens: 8\nuntil: {clock: 1e15}\nintegrator: euler",
    "spec.yaml:2: until.clock: expected at most 4294967294 steps, got 10000000000000000",
  ],
  ["tokens: 8\nuntil: {clock: 5}\nrecord: {times: {to: 6}}", "spec.yaml:3: record.times.to: expected at most the end, 5, got 6"],
  ["tokens: 8\nuntil: {clock: 5}\ngrid: {loss: [logistic, square]}", "spec.yaml:2: until.clock: expected time or steps with square loss"],
  ["tokens: 8\nuntil: {clock: 5}\ngrid: {until.time: [5]}", "until: expected steps, time or clock, one of them"],
  ["tokens: 2\nvalues: {kind: given, matrix: [[1, 2]]}", "spec.yaml:2: values.matrix: expected dim = 2 rows, got 1"],
  [
    "tokens: 2\nvalues:\n  kind: given\n  matrix:\n    - [1, 2]\n    - [1]",
    "spec.yaml:6: values.matrix.1: expected tokens = 2 numbers, got 1",
  ],
  ["tokens: 2\nvalues: given", "spec.yaml:2: values.matrix: expected a list, it is missing"],
  ["tokens: 2\nlogits: {kind: given, vector: [1, .nan]}", "spec.yaml:2: logits.vector.1: expected a number, got NaN"],
  ["tokens: 2\ntarget: {kind: given, vector: [1, 1e300]}", "spec.yaml:2: target.vector.1: expected at most 1000000000, got 1e+300"],
  [
    "tokens: 2\nloss: cross-entropy\ntarget: unit",
    'spec.yaml:3: target: expected one of distribution, given for cross-entropy loss, got "unit"',
  ],
  [
    "tokens: 2\nloss: cross-entropy\ntarget: {kind: given, vector: [0.5, 0.6]}",
    "spec.yaml:3: target.vector: expected a distribution, which sums to 1, got a sum of 1.1",
  ],
  [
    "tokens: 2\nloss: {kind: regression, samples: 3}\ntarget: {kind: given, design: [[1, 0], [0, 1]], response: [1, 2]}",
    "spec.yaml:2: loss.samples: expected the 2 rows of the given design, or nothing, got 3",
  ],
  [
    "tokens: 2\nloss: regression\ntarget: {kind: given, design: [[1, 0], [0]], response: [1, 2]}",
    "spec.yaml:3: target.design.1: expected dim = 2 numbers, got 1",
  ],
  [
    "tokens: 2\nloss: regression\ntarget: {kind: given, design: [[1, 0]], response: [1, 2]}",
    "spec.yaml:3: target.response: expected 1 numbers, one a row of the design, got 2",
  ],
  ["tokens: 2\nloss: regression\ntarget: {kind: given, vector: [1, 2]}", "spec.yaml:3: target.vector: unknown key"],
  ["tokens: 3\nnormalizer: l1\nlogits: zero", "spec.yaml:3: logits: expected a start at which l1 does not divide by 0"],
  ["tokens: 2\nnormalizer: sum\nlogits: {kind: given, vector: [1, -1]}", "spec.yaml:3: logits: expected a start at which sum does not"],
  ["tokens: 2\nnormalizer: relu\nlogits: {kind: offset, mean: -1, scale: 0}", "spec.yaml:3: logits: expected a start at which relu"],
  ["tokens: 4\nheadStart: {token: 4, by: 1}", "spec.yaml:2: headStart.token: expected less than tokens, 4, got 4"],
  [
    "tokens: 4\nrecord: {trajectories: 1, steps: [2, 1]}\nintegrator: euler",
    "spec.yaml:2: record.steps.1: expected more than the one before, 2, got 1",
  ],
  [
    "tokens: 4\nrecord: {trajectories: 1, times: {to: 2e6}}",
    "spec.yaml:2: record.times.to: expected at most the end, 1000000, got 2000000",
  ],
  [
    "tokens: 4\nrecord: {trajectories: 1, times: {from: 20, to: 10}}",
    "spec.yaml:2: record.times.from: expected at most the last time, 10, got 20",
  ],
  [
    "tokens: 4\nrecord: {trajectories: 1, steps: [2], times: {to: 10}}\nintegrator: euler",
    "spec.yaml:2: record.steps: expected steps or times, got both",
  ],
  ["tokens: 4\nruns: 2\nrecord: {trajectories: 3}", "spec.yaml:3: record.trajectories: expected at most runs, 2, got 3"],
  ["token: 8", 'spec.yaml:1: token: unknown key "token"; expected one of '],
  ["tokens: 8\n__proto__: {runs: 3}", 'spec.yaml:2: __proto__: unknown key "__proto__"'],
  ['{"tokens": 8, "values": {"__proto__": 1}}', 'spec.yaml:1: values.__proto__: unknown key "__proto__"'],
  ["tokens: 8\nconstructor: 1", 'spec.yaml:2: constructor: unknown key "constructor"'],
  ["tokens: [8", "spec.yaml:1: "],
  ["tokens: 8\ngrid: {runs: [4, 8, 4]}", "spec.yaml:2: grid.runs: expected each value once, got 4 twice"],
  [
    "tokens: 8\ngrid:\n  normalizer: [softmax, sum, {kind: softmax}]",
    'spec.yaml:3: grid.normalizer: expected each value once, got {"kind":"softmax"} twice',
  ],
  ["tokens: 8\ntokens: 9", "spec.yaml:2: tokens: expected this key once, got it twice"],
  [
    "tokens: 8\ngrid: {normalizer: [softmax, sigmod]}",
    `spec.yaml:2: grid.normalizer.1: expected one of ${listed(normalizers)}, got "sigmod" (did you mean "sigmoid"?)`,
  ],
  [
    "tokens: 8\ngrid:\n  headStart:\n    - {token: 0, by: 1}\n    - token: 1\n    - {token: 2, by: 1}",
    "spec.yaml:5: grid.headStart.1.by: expected a number, it is missing",
  ],
  [
    "tokens: 8\noptimizer: {kind: adam, learningRate: 0.1}\ngrid:\n  optimizer.learningRate: [0.1, {kind: cosine, from: 0.1, steps: 9}]",
    "spec.yaml:4: grid.optimizer.learningRate.1.to: expected a number, it is missing",
  ],
  ["tokens: 8\ngrid: {nope: [1]}", 'spec.yaml:2: grid.nope: unknown key "nope"'],
  ["tokens: 8\ngrid: {runs: 5}", "spec.yaml:2: grid.runs: expected a list of at least one value, got 5"],
  ["tokens: 8\ngrid: [1]", "spec.yaml:2: grid: expected an object of lists, got [1]"],
  ["name: &a [*a]", "spec.yaml:1: name.0: expected a value, got a reference to what it is in"],
  ["[".repeat(200_000), "spec.yaml"],
  [
    "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]",
    "spec.yaml: ",
  ],
];
