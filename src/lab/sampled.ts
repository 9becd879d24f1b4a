import type { TimedTrajectory } from "../ensemble/timed.ts";
import { none } from "../model/columns.ts";
import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import { largestShare } from "../model/ties.ts";
import type { EnsembleReport } from "../sweep/fold.ts";

/** The first runs of an ensemble at every recorded time. */
export interface Sampled {
  runs: number;
  tokens: number;
  times: number[];
  /** |p_i|/Σ|p|, 0 where all weights are 0: [run][time][token]. */
  shares: Float32Array;
  /** −v_i·∇L: [run][time][token]. */
  alignments: Float32Array;
}
export type Quantity = "shares" | "alignments";

/** Shares and alignments of trajectories, in the order of their runs. */
export function sampledOf(ensemble: Ensemble, trajectories: readonly TimedTrajectory[]): Sampled {
  const { tokens } = ensemble;
  const times = recordedTimes(ensemble);
  const shares = new Float32Array(trajectories.length * times.length * tokens);
  const sampled = { runs: trajectories.length, tokens, times, shares, alignments: new Float32Array(shares.length) };
  for (const [run, { weights, alignments }] of trajectories.entries())
    for (const [slot, p] of weights.entries()) {
      const total = p.reduce((sum, x) => sum + Math.abs(x), 0);
      if (total > 0) tokensAt(sampled, "shares", run, slot).set(p.map((x) => Math.abs(x) / total));
      tokensAt(sampled, "alignments", run, slot).set(alignments[slot] as number[]);
    }
  return sampled;
}

/** A number for each token: of one run, at the recorded time with index `slot`. A view, not a copy. */
export function tokensAt(sampled: Sampled, quantity: Quantity, run: number, slot: number): Float32Array {
  const { tokens, times } = sampled;
  const at = (run * times.length + slot) * tokens;
  return sampled[quantity].subarray(at, at + tokens);
}

/** The largest share of a run at a recorded time, and which token has it. */
export function shareAt(sampled: Sampled, run: number, slot: number): { token: number; share: number } {
  const shares = tokensAt(sampled, "shares", run, slot);
  const token = largestShare(shares);
  return { token, share: shares[token] as number };
}

interface Followed {
  sampled: Sampled;
  report: Pick<EnsembleReport, "sink">;
}

/** The token with the largest share of a run at the last recorded time, its winner; `none` where the run is tied. */
export function winnerOf({ sampled, report: { sink } }: Followed, run: number): number {
  const top = largestShare(tokensAt(sampled, "shares", run, sampled.times.length - 1));
  return (sink.counts[top] ?? 0) > 0 ? top : none; // tokens that are alike win no run
}
