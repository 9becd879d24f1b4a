import type { Ensemble } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import { log } from "../model/mathematics.ts";
import { Field } from "../reference/field.ts";
import { referenceModels } from "../reference/models/index.ts";
import { shares, valueNorms } from "../reference/observables.ts";
import type { RunResult } from "../reference/simulate.ts";
import type { State } from "../reference/state.ts";
import { type Replays, ulp } from "./replays.ts";

/**
 * A device may be off by this many times the movement of the reference under float32 disturbances. One disturbance a step stands for the
 * rounding of the state. But an increment is itself computed by some n + d rounded operations, `exp` and a division, each accurate to
 * a few ulp, and their errors may all have one sign. Over all losses, normalizers and integrators two drivers stayed near
 * 1 times this movement, or below (docs/parity.md).
 */
const boundMultiple = 4;

/**
 * A run in which one ulp a step moves a weight by more than this, relative to the largest weight, is ill-conditioned: amplified more
 * than 10³-fold, as where `sum` passes near its pole. The movement is then no longer linear in the disturbance, and three
 * disturbances do not bound a fourth. Rounding decides such a run, so it counts as undecided.
 */
const maxMovement = 2e-4;

/** A run in which other adaptive steps move a weight by more than this many rtol, relative to the largest weight, is undecided: the tolerances decide it. */
const maxMovementByTolerance = 30;

/**
 * The error of evaluating the weights at the end, in ulp, which there is even without a step: exp 3 + 2|x| with x·e^x ≤ 0.4, a division 2.5, a
 * sum of up to 32 terms; see the accuracy table of the WGSL specification (section 15.7.4).
 */
const evaluationUlp = 16;

/** The largest difference of a weight, and the difference of the entropies, which is 0 where neither side has an entropy, all weights being 0. */
interface Difference {
  weight: number;
  entropy: number;
}

export function differenceOf(weights: Float64Array, entropy: number, exact: RunResult): Difference {
  const weight = largestDifference(weights, exact.vectors.weights);
  const difference = Math.abs(entropy - exact.row.entropy);
  if (!Number.isNaN(difference)) return { weight, entropy: difference };
  return { weight, entropy: Number.isNaN(entropy) && Number.isNaN(exact.row.entropy) ? 0 : Number.POSITIVE_INFINITY };
}

const largestDifference = (x: Float64Array, y: Float64Array) =>
  x.reduce((largest, p, i) => Math.max(largest, Math.abs(p - (y[i] as number))), 0);

/**
 * How far a device may be from the reference at the end of a run: a multiple of how far the replays moved, plus how far an error of the
 * size of the tolerance in the last step moves it, plus the error of evaluating the weights.
 * @returns undefined where rounding or the tolerances decide the run
 */
export function boundsOf(ensemble: Ensemble, replays: Replays): Difference | undefined {
  const { exact, disturbed, otherSteps } = replays;
  const moved = (by: typeof disturbed) => by.map(({ vectors, row }) => differenceOf(vectors.weights, row.entropy, exact));
  const [byRounding, byTolerance] = [moved(disturbed), moved(otherSteps)];
  const weightByTolerance = Math.max(0, ...byTolerance.map((by) => by.weight));
  const weight = Math.max(weightByTolerance, ...byRounding.map((by) => by.weight));
  const entropy = Math.max(...[...byTolerance, ...byRounding].map((by) => by.entropy));

  const scale = exact.vectors.weights.reduce((largest, p) => Math.max(largest, Math.abs(p)), 1);
  const rtol = isAdaptive(ensemble.integrator) ? ensemble.integrator.rtol : 1;
  if (weight > maxMovement * scale + boundMultiple * weightByTolerance) return undefined;
  if (weightByTolerance > maxMovementByTolerance * rtol * scale) return undefined;
  const last = lastStep(ensemble, exact.vectors.logits, exact.state);
  return {
    weight: boundMultiple * weight + last.weight + evaluationUlp * ulp * scale,
    // −log s weighs an error of a share s; the terms s·|log s|·(3 + 2|log s|) ulp add up to less than 2·(1 + log n) times as much.
    entropy: boundMultiple * entropy + last.entropy + 2 * evaluationUlp * ulp * (1 + log(ensemble.tokens)),
  };
}

/** How far an error of the size of the tolerance in a state, with these logits z, moves its weights and entropy; 0 at fixed steps. */
function lastStep(ensemble: Ensemble, logits: Float64Array, state: State): Difference {
  const { integrator, train, dim } = ensemble;
  if (!isAdaptive(integrator)) return { weight: 0, entropy: 0 };
  const field = new Field(ensemble, state);
  const weights = field.normalize(logits);
  // The scales of the error norm: of a logit by itself, of an entry of a value by the root mean square of this value. What is frozen has no error.
  const tolerance = (x: number) => integrator.atol + integrator.rtol * Math.abs(x);
  const zeros = new Float64Array(logits.length);
  const moves = referenceModels[ensemble.model].moves(
    state,
    train === "values" ? zeros : state.logits.map(tolerance),
    train === "logits" ? zeros : valueNorms(state.values, logits.length).map((norm) => tolerance(norm / Math.sqrt(dim))),
  );
  const total = { weight: 0, entropy: 0 };
  for (let i = 0; i < logits.length; i++) {
    const moved = logits.slice();
    moved[i] = (logits[i] as number) + (moves[i] as number);
    const there = field.normalize(moved);
    total.weight += largestDifference(there, weights);
    total.entropy += Math.abs(shares(there).entropy - shares(weights).entropy) || 0; // 0 where there are no shares
  }
  return total;
}
