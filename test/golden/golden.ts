import { readdirSync, readFileSync } from "node:fs";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

export interface Golden {
  name: string;
  model?: string;
  loss: string;
  normalizer: string;
  learningRate: number;
  beta?: number[];
  targetDistribution?: number[];
  design?: number[][];
  response?: number[];
  initialValues: number[][];
  initialLogits: number[];
  /** `logits` but for the tied model, whose files hold `a`, and of the token of the largest weight the norm of its column. */
  checkpoints: {
    step: number;
    logits?: number[];
    a?: number[];
    weights: number[];
    loss?: number;
    sink?: number;
    sinkColumnNorm?: number;
  }[];
}

export const goldens: Golden[] = readdirSync(import.meta.dirname)
  .filter((file) => /-seed\d+\.json$/.test(file))
  .map((file) => {
    const content = JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, "utf8")) as Golden & { initialA: number[] };
    return { ...content, name: file.replace(".json", ""), initialLogits: content.initialLogits ?? content.initialA };
  });

/** The specification that replays a golden file up to `last` steps, and its checkpoints up to there. */
export function replay(golden: Golden, last = Number.POSITIVE_INFINITY): { ensemble: Ensemble; checkpoints: Golden["checkpoints"] } {
  const checkpoints = golden.checkpoints.filter(({ step }) => step <= last);
  const vector = golden.beta ?? golden.targetDistribution;
  const steps = checkpoints.map(({ step }) => step);
  const ensemble = parseEnsemble({
    model: golden.model ?? "value-softmax",
    tokens: golden.initialLogits.length,
    dim: golden.initialValues.length,
    loss: golden.loss,
    normalizer: golden.normalizer,
    target: { kind: "given", ...(golden.design ? { design: golden.design, response: golden.response } : { vector }) },
    values: { kind: "given", matrix: golden.initialValues },
    logits: { kind: "given", vector: golden.initialLogits },
    integrator: { kind: "euler", step: golden.learningRate },
    until: { steps: steps.at(-1) },
    runs: 1,
    record: { trajectories: 1, steps },
  });
  return { ensemble, checkpoints };
}

/** Largest absolute difference of two equally long lists. */
export const distance = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  if (x.length !== y.length) return Number.POSITIVE_INFINITY;
  return Array.from(x).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (y[i] as number))), 0);
};
