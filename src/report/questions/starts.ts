import { pullsFrom, pullWeight } from "../../ensemble/pulls.ts";
import { none } from "../../model/columns.ts";
import { type ChoiceModel, choiceModel } from "../../statistics/choice.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { label } from "../format.ts";
import type { SourceResult } from "../study.ts";

/** What the starts of a point's runs say of its winners. A run without a winner has undefined. */
export interface Starts {
  label: string;
  normalizer: string;
  loss: string;
  runs: number;
  /** By run: how far the largest a + u leads the next, whether it won, and whether the largest logit did; the rank of the winner by a + u, from 1. */
  leads: number[];
  isRight: (boolean | undefined)[];
  byLogitRight: (boolean | undefined)[];
  rankOfSink: number[];
  /** How much a pull counts beside a logit, by the flow near equal tokens, and as fitted. */
  weight: number | undefined;
  model: ChoiceModel | undefined;
  /** How often the token won that leads by a + u, by a + c·u with the weight c, by logit, by alignment. */
  right: Partial<Record<"sum" | "weighted" | "logit" | "alignment", Proportion>>;
  /** [token][run] at the start: a, and u. */
  logits: readonly ArrayLike<number>[];
  pulls: readonly ArrayLike<number>[];
  /** By run: who won; the token of the largest logit, or `none`; when the lead last changed, and when the run polarized, NaN where it did not. */
  winners: (number | undefined)[];
  byLogit: ArrayLike<number>;
  lockIn: ArrayLike<number>;
  polarization: ArrayLike<number>;
}

/** The place of the largest number. */
const largest = (x: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < x.length; i++) if ((x[i] as number) > (x[best] as number)) best = i;
  return best;
};

/** How far the largest number lies above the next. */
function leadOf(x: Float64Array): number {
  const [first = 0, second = 0] = [...x].sort((a, b) => b - a);
  return first - second;
}

const shareOf = (answers: readonly (boolean | undefined)[]): Proportion | undefined => {
  const told = answers.filter((answer) => answer !== undefined);
  return proportion(told.filter(Boolean).length, told.length);
};

/** Of the points of a source whose vectors and columns are there: sink, byLogit, byAlignment, lockInTime, polarizationTime. */
export function startsOf({ report, runs: all }: SourceResult): Starts[] {
  return report.points.flatMap((point, index) => {
    const { ensemble } = point;
    const { tokens: n, runs } = ensemble;
    const { columns, vectors } = all[index] ?? { columns: {}, vectors: {} };
    const { initialLogits: logits, initialAlignments: alignments } = vectors;
    const toPulls = pullsFrom(ensemble);
    const { sink, byLogit, byAlignment, lockInTime, polarizationTime } = columns;
    if (!logits || !alignments || !toPulls || !sink || !byLogit || !byAlignment || !lockInTime || !polarizationTime) return [];
    const weight = pullWeight(ensemble);
    const pulls = Array.from({ length: n }, () => new Float64Array(runs));
    const found = {
      leads: [] as number[],
      rankOfSink: [] as number[],
      isRight: [] as (boolean | undefined)[],
      isWeightedRight: [] as (boolean | undefined)[],
    };
    const [a, u] = [new Float64Array(n), new Float64Array(n)];
    for (let run = 0; run < runs; run++) {
      for (let i = 0; i < n; i++) {
        a[i] = logits[i]?.[run] as number;
        u[i] = alignments[i]?.[run] as number;
      }
      toPulls(a, u);
      for (let i = 0; i < n; i++) (pulls[i] as Float64Array)[run] = u[i] as number;
      const won = sink[run] === none ? undefined : (sink[run] as number);
      const sum = a.map((x, i) => x + (u[i] as number));
      const weighted = weight === undefined ? undefined : largest(a.map((x, i) => x + weight * (u[i] as number)));
      found.leads.push(leadOf(sum));
      found.isRight.push(won === undefined ? undefined : largest(sum) === won);
      found.isWeightedRight.push(won === undefined || weighted === undefined ? undefined : weighted === won);
      found.rankOfSink.push(won === undefined ? 0 : 1 + sum.filter((x) => x > (sum[won] as number)).length);
    }
    const winners = Array.from(sink, (token) => (token === none ? undefined : token));
    const rightBy = (leaders: ArrayLike<number>) =>
      winners.map((won, run) => (won === undefined || leaders[run] === none ? undefined : leaders[run] === won));
    const { leads, isRight, rankOfSink } = found;
    const byLogitRight = rightBy(byLogit);
    const share = {
      sum: shareOf(isRight),
      weighted: shareOf(found.isWeightedRight),
      logit: shareOf(byLogitRight),
      alignment: shareOf(rightBy(byAlignment)),
    };
    return [
      {
        label: label(point) || `${ensemble.loss.kind}, ${ensemble.normalizer.kind}`,
        normalizer: ensemble.normalizer.kind,
        loss: ensemble.loss.kind,
        runs,
        leads,
        isRight,
        byLogitRight,
        rankOfSink,
        weight,
        model: choiceModel([logits, pulls], winners),
        right: Object.fromEntries(Object.entries(share).filter(([, p]) => p)),
        logits,
        pulls,
        winners,
        byLogit,
        lockIn: lockInTime,
        polarization: polarizationTime,
      },
    ];
  });
}
