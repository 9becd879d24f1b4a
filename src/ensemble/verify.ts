import { designOf } from "../model/design.ts";
import { isAdaptive } from "../model/integrators.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { type Point, untilMoment } from "../model/point.ts";
import type { Sample } from "../model/result.ts";
import { isSound, none, statuses } from "../model/rows.ts";
import { Field } from "../reference/field.ts";
import { referenceModels } from "../reference/models/index.ts";
import { shares, valueNorms } from "../reference/observables.ts";
import { type SimulateOptions, simulate } from "../reference/simulate.ts";
import type { State } from "../reference/start.ts";
import type { Flowing } from "../reference/stepper.ts";

/**
 * How many times the reference's own movement under float32 disturbances a device may be off. One disturbance a step
 * stands for the rounding of the state; an increment is itself computed from some n + d rounded operations, `exp`
 * and a division, each good to a few ulp, whose errors may all have one sign. Over every loss, normalizer and integrator
 * two drivers stayed near or below 1 times the movement (docs/parity.md).
 */
export const boundMultiple = 4;

/**
 * A run of which one ulp a step moves a weight by more than this, relative to the largest, is ill-conditioned: more than
 * 10³-fold amplified, as where `sum` passes near its pole. Its movement is no longer linear in the disturbance, so three
 * disturbances say little of a fourth: rounding decides its course, and it is counted as undecided.
 */
const mostMovement = 2e-4;

/** With adaptive steps: where the tolerances allow more than so many rtol, relative to the largest weight, they decide the course. */
const mostAllowed = 30;

/** One float32 ulp, relative to a number at the bottom of its binade. */
const ulp = 2 ** -23;

/**
 * What evaluating the weights at the end costs even after no step at all, in ulp: exp 3 + 2|x| with x·e^x ≤ 0.4,
 * a division 2.5, a sum of up to 32 terms; see the accuracy table of the WGSL specification (section 15.7.4).
 */
const evaluationUlp = 16;

/** One run compared with the reference: differences, and what they may be. */
export interface Comparison {
  weight: number;
  weightBound: number;
  entropy: number;
  entropyBound: number;
  /** Whether the two largest shares are farther apart than the bound, so that the sink is decided. */
  decided: boolean;
  sameSink: boolean;
  /** Rounding may decide the sink, whether the run ends sound, or on which side of a kink. */
  undecided: boolean;
  /** Device and reference ended sound. Where only one did, `weight` is infinite; where neither did, there is nothing to compare. */
  compared: boolean;
}

/** Of a run whose course rounding decides: nothing to hold a device to. */
const undecided: Comparison = {
  weight: 0,
  weightBound: 0,
  entropy: 0,
  entropyBound: 0,
  decided: false,
  sameSink: false,
  undecided: true,
  compared: false,
};

/** Of one point, as in the JSON. Each run is held to its own bound; `bound` is the largest of these. */
export interface Verification {
  runs: number;
  worstWeight?: number;
  typicalWeight?: number;
  worstEntropy?: number;
  typicalEntropy?: number;
  sinkAgreement?: number;
  undecided: number;
  bound?: number;
  /** Runs beyond their bound, or decided for another sink. */
  exceeded: number;
}

/** Disturbs every trained number after each step. */
function disturbance(point: Point, change: (x: number) => number): (state: State) => void {
  const apply = (x: Float64Array) => {
    for (let i = 0; i < x.length; i++) x[i] = change(x[i] as number);
  };
  return ({ logits, values }) => {
    if (point.train !== "values") apply(logits);
    if (point.train !== "logits") apply(values);
  };
}

/** One ulp up or down, at random (Marsaglia's xorshift32, seeded by the run and the replica). */
function randomUlp(seed: number): (x: number) => number {
  let bits = Math.imul(seed + 1, 0x9e3779b9) | 1;
  return (x) => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return bits < 0 ? x * (1 - ulp) : x * (1 + ulp);
  };
}

/**
 * Compares a sampled run with the float64 reference from the same start. The reference is followed once as it is, once
 * with its state rounded to float32 after every step, and twice with every number moved by one ulp up or down at random.
 * With adaptive steps the course of steps, and with it the error that the tolerances allow, is another on the device: so the
 * reference is followed also at a tenth of the tolerances, and from five other first steps; and a run that ended
 * before its end (converged, stalled, at its most steps) is compared at the time at which it did. How far weights and entropy move sets the bound,
 * and what an error of the tolerance in the last step does to the weights.
 */
export function compare(point: Point, sample: Sample): Comparison {
  const design = designOf(point)?.map(Math.fround); // as the device has it
  const { integrator } = point;
  const endsEarly = isAdaptive(integrator) && isSound(sample.status) && sample.status !== statuses.completed;
  const until = endsEarly && sample.time > 0 ? untilMoment(point, sample.time) : point.until;
  const follow = (options: SimulateOptions, change: Partial<Point> = {}) => {
    const { logits, values, target } = sample;
    const state = { logits: logits.slice(), values: values.slice(), target, ...(design && { design }) };
    return { ...simulate({ ...point, until, ...change }, state, options), state };
  };
  // Where a logit passes 0 under a normalizer with a kink there, fixed steps bounce to and fro about 0, and may hit it
  // exactly in float32, where they stay: rounding decides.
  const kink = normalizerRow(point.normalizer).kink && !isAdaptive(integrator);
  const z = new Float64Array(sample.logits.length);
  const signsAt = (state: Flowing) => {
    referenceModels[point.model].logits(state, z);
    return z.map(Math.sign);
  };
  const signs = signsAt(sample);
  let crossed = false;
  const exact = follow({
    disturb: (state) => {
      if (kink) crossed ||= signsAt(state).some((sign, i) => sign !== signs[i]);
    },
  });
  if (crossed) return undecided;
  const disturbed = [Math.fround, randomUlp(2 * sample.run), randomUlp(2 * sample.run + 1)].map((change) =>
    follow({ disturb: disturbance(point, change) }),
  );
  const tenth = isAdaptive(integrator) && { ...integrator, rtol: integrator.rtol / 10, atol: integrator.atol / 10 };
  const elsewhere = tenth
    ? [follow({}, { integrator: tenth }), ...[0.5, 0.6, 0.7, 0.8, 0.9].map((firstStep) => follow({ firstStep }))]
    : [];
  const sound = [exact, ...disturbed].filter(({ row }) => isSound(row.status)).length;
  if (!isSound(sample.status) || sound <= disturbed.length) {
    // Where a disturbance decides whether the reference ends sound, rounding may decide it on the device: undecided.
    if (sound > 0 && sound <= disturbed.length) return undecided;
    const differs = isSound(sample.status) !== sound > 0;
    return { ...undecided, weight: differs ? Number.POSITIVE_INFINITY : 0, compared: differs, undecided: false };
  }
  const distance = ({ weights }: { weights: Float64Array }) =>
    weights.reduce((worst, p, i) => Math.max(worst, Math.abs(p - (exact.vectors.weights[i] as number))), 0);
  // 0 where there are no shares on either side (all weights 0), and so no entropy.
  const entropyDistance = (entropy: number) => {
    const difference = Math.abs(entropy - exact.row.entropy);
    return Number.isNaN(difference)
      ? Number.isNaN(entropy) && Number.isNaN(exact.row.entropy)
        ? 0
        : Number.POSITIVE_INFINITY
      : difference;
  };
  const allowed = Math.max(0, ...elsewhere.map(({ vectors }) => distance(vectors)));
  const moved = Math.max(allowed, ...disturbed.map(({ vectors }) => distance(vectors)));
  const entropyMoved = Math.max(...[...elsewhere, ...disturbed].map(({ row }) => entropyDistance(row.entropy)));
  const scale = exact.vectors.weights.reduce((largest, p) => Math.max(largest, Math.abs(p)), 1);
  if (moved > mostMovement * scale + boundMultiple * allowed || allowed > mostAllowed * (tenth ? integrator.rtol : 1) * scale)
    return undecided;
  const last = lastStep(point, exact.vectors.logits, exact.state);
  const weightBound = boundMultiple * moved + last.weight + evaluationUlp * ulp * scale;

  const magnitudes = exact.vectors.weights.map(Math.abs);
  const total = magnitudes.reduce((sum, p) => sum + p, 0);
  const [first = 0, second = 0] = [...magnitudes].sort((a, b) => b - a);
  const decided = total > 0 && first - second > weightBound;
  return {
    weight: distance(sample),
    weightBound,
    entropy: entropyDistance(sample.entropy),
    // −log s weighs an error of a share s; the terms s·|log s|·(3 + 2|log s|) ulp add up to less than 2·(1 + log n) times as much.
    entropyBound: boundMultiple * entropyMoved + last.entropy + 2 * evaluationUlp * ulp * (1 + Math.log(point.tokens)),
    decided,
    undecided: !decided,
    sameSink: sample.sink !== none && sample.sink === shares(exact.vectors.weights).sink,
    compared: true,
  };
}

/** How far weights and entropy at the end, with these logits, can move by an error of the tolerance in the state; 0 at a fixed step. */
function lastStep(point: Point, logits: Float64Array, state: State): { weight: number; entropy: number } {
  const { integrator, train, dim } = point;
  if (!isAdaptive(integrator)) return { weight: 0, entropy: 0 };
  const field = new Field(point);
  const weights = field.normalize(logits);
  const tolerance = (x: number) => integrator.atol + integrator.rtol * Math.abs(x);
  const none = new Float64Array(logits.length);
  // Of a logit by itself, of an entry of a value by that value's root mean square: the error norm's scales. What is frozen has none.
  const moves = referenceModels[point.model].moves(
    state,
    train === "values" ? none : state.logits.map(tolerance),
    train === "logits" ? none : valueNorms(state.values, logits.length).map((norm) => tolerance(norm / Math.sqrt(dim))),
  );
  const total = { weight: 0, entropy: 0 };
  for (let i = 0; i < logits.length; i++) {
    const moved = logits.slice();
    moved[i] = (logits[i] as number) + (moves[i] as number);
    const there = field.normalize(moved);
    total.weight += there.reduce((most, p, j) => Math.max(most, Math.abs(p - (weights[j] as number))), 0);
    total.entropy += Math.abs(shares(there).entropy - shares(weights).entropy) || 0; // where there are shares
  }
  return total;
}

const median = (sorted: readonly number[]) => sorted[Math.floor((sorted.length - 1) / 2)];

/** Of the compared runs, and how many are undecided; undefined where there is neither. */
export function summarizeComparisons(comparisons: readonly Comparison[]): Verification | undefined {
  const compared = comparisons.filter((c) => c.compared);
  if (!comparisons.some((c) => c.compared || c.undecided)) return undefined;
  const decided = compared.filter((c) => c.decided);
  const exceeded = compared.filter(
    (c) => !(c.weight <= c.weightBound) || !(c.entropy <= c.entropyBound) || (c.decided && !c.sameSink),
  ).length;
  const verification: Verification = { runs: compared.length, undecided: comparisons.filter((c) => c.undecided).length, exceeded };
  const finite = compared.filter((c) => Number.isFinite(c.weight)).sort((a, b) => a.weight - b.weight);
  if (finite.length > 0) {
    const entropies = finite.map((c) => c.entropy).sort((a, b) => a - b);
    verification.worstWeight = finite.at(-1)?.weight as number;
    verification.typicalWeight = median(finite.map((c) => c.weight)) as number;
    verification.worstEntropy = entropies.at(-1) as number;
    verification.typicalEntropy = median(entropies) as number;
    verification.bound = Math.max(...finite.map((c) => c.weightBound));
  }
  if (decided.length > 0) verification.sinkAgreement = decided.filter((c) => c.sameSink).length / decided.length;
  return verification;
}
