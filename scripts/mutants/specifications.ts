/** 64 runs, of which a certificate takes a part. */
const of = (specification: Record<string, unknown>) => ({ runs: 64, ...specification });
const row = (from: number) => Array.from({ length: 120 }, (_, k) => Math.cos(from + k) / 8);

/** The specifications that the planted faults are run with: small ones, each with the code of some shaders that others don't have. */
export const specifications = {
  plain: of({ tokens: 4 }),
  /** Its tokens are no multiple of the lanes of a run. */
  lanes: of({ tokens: 41 }),
  exponential: of({ tokens: 4, loss: "exponential" }),
  square: of({ tokens: 3, loss: "square" }),
  span: of({ tokens: 2, dim: 4, loss: "square" }),
  crossEntropy: of({ tokens: 3, loss: "cross-entropy", until: { time: 20 } }),
  regression: of({ tokens: 3, loss: "regression", until: { time: 5 } }),
  design: of({
    tokens: 3,
    dim: 2,
    loss: "regression",
    target: {
      kind: "given",
      design: [
        [1, 0.5],
        [0, 1],
        [0.5, -0.5],
      ],
      response: [1, 0, -1],
    },
    until: { time: 5 },
  }),
  memory: of({ tokens: 2, dim: 120, loss: "cross-entropy", until: { time: 20 } }),
  memoryDesign: of({
    tokens: 2,
    dim: 120,
    loss: "regression",
    target: { kind: "given", design: [row(0), row(1)], response: [1, -1] },
    until: { time: 5 },
  }),
  gaussian: of({ tokens: 4, target: "gaussian" }),
  given: of({ tokens: 4, target: { kind: "given", vector: [1, 0.5, 0, 0] } }),
  tied: of({ tokens: 3, model: "tied", until: { time: 100 } }),
  clock: of({ tokens: 4, until: { clock: 200 } }),
  fixed: of({ tokens: 4, integrator: { kind: "heun", step: 0.5 }, until: { steps: 200 } }),
  decay: of({ tokens: 4, loss: "square", decay: { values: 0.1, logits: 0.03 }, until: { time: 30 } }),
  memoryDecay: of({ tokens: 2, dim: 600, decay: { values: 0.1 }, integrator: { kind: "heun", step: 0.5 }, until: { steps: 20 } }),
  descent: of({
    tokens: 4,
    optimizer: { kind: "gradient-descent", learningRate: 0.5 },
    decay: { values: 0.02, logits: 0.01 },
    until: { steps: 200 },
  }),
  momentum: of({ tokens: 4, optimizer: { kind: "momentum", learningRate: 0.1 }, until: { steps: 200 } }),
  nesterov: of({ tokens: 4, optimizer: { kind: "nesterov", learningRate: 0.5, momentum: 0.5 }, until: { steps: 40 } }),
  sign: of({ tokens: 4, optimizer: { kind: "sign", learningRate: 0.003 }, until: { steps: 200 } }),
  lion: of({ tokens: 4, optimizer: { kind: "lion", learningRate: 0.003 }, until: { steps: 200 } }),
  normalized: of({ tokens: 4, optimizer: { kind: "normalized", learningRate: 0.01 }, until: { steps: 200 } }),
  rmsprop: of({ tokens: 4, optimizer: { kind: "rmsprop", learningRate: 0.003 }, until: { steps: 200 } }),
  adam: of({ tokens: 4, optimizer: { kind: "adam", learningRate: 0.01 }, until: { steps: 200 } }),
  linearRate: of({
    tokens: 4,
    optimizer: { kind: "momentum", learningRate: { kind: "linear", from: 0.1, to: 0.01, warmUp: 20, steps: 200 } },
    until: { steps: 200 },
  }),
  cosineRate: of({
    tokens: 4,
    optimizer: { kind: "momentum", learningRate: { kind: "cosine", from: 0.1, to: 0.01, steps: 200 } },
    until: { steps: 200 },
  }),
  /** A step of Adam would hardly show the size of a gradient. */
  memoryTraining: of({
    tokens: 2,
    dim: 600,
    loss: "cross-entropy",
    optimizer: { kind: "momentum", learningRate: 0.1 },
    until: { steps: 40 },
  }),
  fragility: of({ tokens: 5, dim: 6, until: { time: 200 }, record: { fragility: true } }),
  fragilityOfClasses: of({ tokens: 4, model: "tied", loss: "cross-entropy", until: { time: 5 }, record: { fragility: true } }),
  crossings: of({ tokens: 6, record: { tippingTime: true, lossAt: 0.05 } }),
  labels: of({
    tokens: 3,
    loss: "cross-entropy",
    optimizer: { kind: "momentum", learningRate: 0.1 },
    noise: { kind: "label", scale: 0.5 },
    until: { steps: 100 },
  }),
  batches: of({
    tokens: 3,
    loss: "regression",
    optimizer: { kind: "gradient-descent", learningRate: 0.005 },
    noise: { kind: "batch", size: 2 },
    until: { steps: 100 },
  }),
  noise: of({ tokens: 4, integrator: { kind: "heun", step: 0.1 }, noise: { kind: "gradient", scale: 0.5 }, until: { steps: 100 } }),
  memoryNoise: of({
    tokens: 2,
    dim: 600,
    optimizer: { kind: "normalized", learningRate: 0.1 },
    noise: { kind: "gradient", scale: 0.02 },
    until: { steps: 40 },
  }),
  trajectories: of({ tokens: 4, record: { trajectories: 2 } }),
  // Under some normalizers one token soon has all weight, and weights show nothing any more: these end earlier.
  softmax1: of({ tokens: 4, normalizer: "softmax1" }),
  sparsemax: of({ tokens: 4, normalizer: "sparsemax", until: { time: 5 } }),
  sigmoid: of({ tokens: 4, normalizer: "sigmoid", until: { time: 20 } }),
  sigmoidNorm: of({ tokens: 4, normalizer: "sigmoid-norm" }),
  linear: of({ tokens: 4, normalizer: "linear" }),
  sum: of({ tokens: 4, normalizer: "sum" }),
  l1: of({ tokens: 4, normalizer: "l1", until: { time: 20 } }),
  l2: of({ tokens: 4, normalizer: "l2", until: { time: 20 } }),
  relu: of({ tokens: 4, normalizer: "relu", until: { time: 20 } }),
  uniform: of({ tokens: 4, normalizer: "uniform" }),
} as const;

export type SpecificationName = keyof typeof specifications;
