import { none } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Sample } from "../model/result.ts";
import { isSound } from "../model/status.ts";
import { sinkOf } from "../reference/observables.ts";
import { boundsOf, differenceOf } from "./bounds.ts";
import { replaysOf } from "./replays.ts";

/** One run compared with the reference: differences at its end, and their bounds. */
export interface Comparison {
  weight: number;
  weightBound: number;
  entropy: number;
  entropyBound: number;
  /** Neither side is tied, and the two largest shares differ by more than the bound: rounding does not decide the sink. */
  decided: boolean;
  sameSink: boolean;
  /** Rounding may decide the sink, or whether the run ends soundly, or on which side of a kink it is. */
  undecided: boolean;
  /** False where neither device nor reference ended soundly, or where rounding decides the whole run. Where only one ended soundly, `weight` is infinite. */
  compared: boolean;
}

/** The comparison of a run that rounding decides: any end of it on a device is right. */
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

/** The comparisons of one ensemble, as in the JSON. Each run has its own bound; `bound` is the largest of them. */
export interface Verification {
  runs: number;
  worstWeight?: number;
  typicalWeight?: number;
  worstEntropy?: number;
  typicalEntropy?: number;
  sinkAgreement?: number;
  undecided: number;
  bound?: number;
  /** Runs that exceed their bound, or whose sink is decided and not that of the reference. */
  exceeded: number;
}

/** Compares a sampled run of a device with the float64 reference from the same start. */
export function compare(ensemble: Ensemble, sample: Sample): Comparison {
  const replays = replaysOf(ensemble, sample);
  if (!replays) return undecided;
  const ends = [replays.exact, ...replays.disturbed];
  const sound = ends.filter(({ row }) => isSound(row.status)).length;
  if (sound > 0 && sound < ends.length) return undecided;
  if (isSound(sample.row.status) !== sound > 0) return { ...undecided, weight: Number.POSITIVE_INFINITY, compared: true, undecided: false };
  if (sound === 0) return { ...undecided, undecided: false };
  const bounds = boundsOf(ensemble, replays);
  if (!bounds) return undecided;
  const difference = differenceOf(sample.weights, sample.row.entropy, replays.exact);
  const { row, vectors } = replays.exact;
  const isTied = row.sink === none || (sample.row.sink === none && sinkOf(sample.weights) === none);
  const [first = 0, second = 0] = [...vectors.weights.map(Math.abs)].sort((a, b) => b - a);
  const decided = !isTied && first > 0 && first - second > bounds.weight;
  return {
    weight: difference.weight,
    weightBound: bounds.weight,
    entropy: difference.entropy,
    entropyBound: bounds.entropy,
    decided,
    undecided: !decided,
    sameSink: !isTied && sample.row.sink === row.sink,
    compared: true,
  };
}

const median = (sorted: readonly number[]) => sorted[Math.floor((sorted.length - 1) / 2)];

/** Summarizes the comparisons of an ensemble; undefined where no run is compared or undecided. */
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
