import { type Ensemble, endOf, untilMoment } from "../../src/model/ensemble.ts";
import { adaptiveKinds, fixedKinds } from "../../src/model/integrators.ts";
import { losses } from "../../src/model/losses.ts";
import { type NormalizerKind, normalizerRow, normalizers } from "../../src/model/normalizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

/** Which pairs have all integrators: those of softmax or of logistic loss, or every pair. The others have the default of its sort alone. */
type Crossing = "some" | "all";

const fixedKindsFor = (loss: string, normalizer: string, crossing: Crossing) =>
  fixedKinds.filter((kind) => kind === "euler" || loss === "logistic" || normalizer === "softmax" || crossing === "all");

/**
 * Every loss with every normalizer at a fixed step, where device and reference differ by rounding alone. Integrators other than Euler come
 * once with each loss and once with each normalizer, or with all. Shapes are not square, and some logits at the start are negative.
 */
export function parityCases(crossing: Crossing = "some"): { name: string; ensemble: Ensemble }[] {
  return Object.keys(losses).flatMap((loss) =>
    (Object.keys(normalizers) as NormalizerKind[]).flatMap((normalizer) =>
      fixedKindsFor(loss, normalizer, crossing).map((kind) => ({
        name: `${loss}, ${normalizer}, ${kind}`,
        ensemble: parseEnsemble({
          tokens: 7,
          dim: 5,
          loss,
          normalizer,
          // Where a normalizer divides by a sum, the sum is seldom near 0. Near 0 rounding is amplified so far that it decides the run.
          logits: normalizerRow({ kind: normalizer }).denominator ? { kind: "offset", mean: 1, scale: 1 } : { kind: "gaussian", scale: 1 },
          values: { kind: "gaussian", scale: 0.5 },
          // Within the stability limit of square loss under linear weights, whose norm reaches some 3; regression pulls harder.
          integrator: { kind, step: loss === "regression" ? 0.01 : 0.05 },
          // After a logit crossed a kink rounding decides the run, and nothing is compared.
          until: { steps: normalizerRow({ kind: normalizer }).kink ? 50 : 1000 },
          runs: 12,
        }),
      })),
    ),
  );
}

/** Normalizers and losses of each sort for the tied model; all others enter its formulas in the same way. */
const tiedPairs = [
  ["logistic", "softmax"],
  ["logistic", "sigmoid"],
  ["logistic", "sparsemax"],
  ["square", "l2"],
  ["cross-entropy", "softmax"],
  ["regression", "softmax"],
] as const;

export const tiedCases = (): { name: string; ensemble: Ensemble }[] =>
  tiedPairs.map(([loss, normalizer]) => ({
    name: `tied, ${loss}, ${normalizer}`,
    ensemble: parseEnsemble({
      model: "tied",
      tokens: 7,
      loss,
      normalizer,
      logits: normalizer === "l2" ? { kind: "offset", mean: 1, scale: 1 } : { kind: "gaussian", scale: 1 },
      values: { kind: "gaussian", scale: 0.7 },
      integrator: { kind: "euler", step: loss === "regression" ? 0.002 : 0.02 },
      until: { steps: 500 },
      runs: 12,
    }),
  }));

/** Earlier ends, by loss: later, these losses take thousands of steps whose length is limited by stability alone. */
export const shorter: Record<string, object> = { "cross-entropy": { time: 100 }, regression: { time: 20 } };

/** With the default method every loss with every normalizer; with the other adaptive method every loss, or every pair; with the tied model two pairs. */
export function adaptiveCases(crossing: Crossing = "some"): { name: string; ensemble: Ensemble }[] {
  const tied = (["logistic, softmax", "cross-entropy, sigmoid"] as const).map((name) => {
    const [loss, normalizer] = name.split(", ") as [string, string];
    const ensemble = parseEnsemble({ model: "tied", tokens: 5, loss, normalizer, values: "gaussian", until: shorter[loss] ?? {} });
    return { name: `tied, ${name}, tsit5`, ensemble };
  });
  const plain = Object.keys(losses).flatMap((loss) =>
    Object.keys(normalizers).flatMap((normalizer) =>
      adaptiveKinds
        .filter((kind) => kind === "tsit5" || normalizer === "softmax" || crossing === "all")
        .map((integrator) => ({
          name: `${loss}, ${normalizer}, ${integrator}`,
          ensemble: parseEnsemble({ tokens: 5, dim: 4, loss, normalizer, integrator, until: shorter[loss] ?? {} }),
        })),
    ),
  );
  return [...plain, ...tied];
}

/** The same flow at a tolerance of 1e-10. It ends at its time and for no other reason. */
export const fine = (ensemble: Ensemble): Ensemble => ({
  ...ensemble,
  integrator: { kind: "tsit5", rtol: 1e-10, atol: 1e-12 },
  until: untilMoment(ensemble, endOf(ensemble), 100_000),
});

/** The largest difference of a weight, relative to the largest weight if that is above 1. */
export const weightError = (got: ArrayLike<number>, exact: Float64Array): number =>
  Math.max(...exact.map((p, i) => Math.abs(p - (got[i] as number)))) / Math.max(1, ...exact.map(Math.abs));

/** Every normalizer with logistic loss, every loss with softmax. `npm run script -- certificate` takes every pair, with every integrator. */
export const crossed = (name: string) => name.startsWith("tied, ") || name.startsWith("logistic, ") || name.includes(", softmax,");
