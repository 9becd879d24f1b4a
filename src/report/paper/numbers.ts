import type { Proportion } from "../../statistics/proportion.ts";
import type { Quantiles } from "../../statistics/quantiles.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { thresholdOf } from "./phrases.ts";
import { type Agreement, type Authors, weightDistance } from "./results.ts";
import type { NumberRow } from "./types.ts";

/** A share of runs as a number from many starts. */
export const manyShare = (p: Proportion | undefined, runs: number): NumberRow["many"] =>
  p && { value: p.share, low: p.interval[0], high: p.interval[1], of: "share", runs };
/** A distribution over runs as a number from many starts. */
export const manyMedian = (q: Quantiles | undefined, runs: number): NumberRow["many"] =>
  q && { value: q.median, low: q.q05, high: q.q95, of: "median", runs };

/**
 * Results at the end of runs.
 * @param name how each row begins: what distinguishes these runs from others of the experiment
 * @param comparable whether descent ends at the time of the flow; if not, of descent only the time to the threshold is given
 */
export function endRows(name: string, { flow, descent }: Authors, many: PointReport, comparable = true): NumberRow[] {
  const threshold = thresholdOf(many);
  const row = (what: string, of: (point: PointReport) => number | undefined, all: NumberRow["many"], told = comparable): NumberRow => ({
    what: `${name}${what}`,
    flow: of(flow.report),
    descent: told ? of(descent.report) : undefined,
    many: all,
  });
  return [
    row("largest share at the end", (p) => p.sinkShare?.median, manyMedian(many.sinkShare, many.runs)),
    row(`reached share ${threshold} (1: yes)`, (p) => p.polarized?.share, manyShare(many.polarized, many.runs)),
    row(`time to share ${threshold}`, (p) => p.polarizationTime?.median, manyMedian(many.polarizationTime, many.runs), true),
    row("loss at the end", (p) => p.loss?.median, manyMedian(many.loss, many.runs)),
  ];
}

const predictors = { alignment: "best aligned token", logit: "largest logit at the start" } as const satisfies Partial<
  Record<keyof PointReport["predictors"], string>
>;

/** Whether the token that a predictor names became the sink. */
export const predictorRow = (name: string, by: keyof typeof predictors, flow: PointReport | undefined, many: PointReport): NumberRow => ({
  what: `${name}${predictors[by]} became the sink (1: yes)`,
  flow: flow?.predictors[by]?.share,
  many: manyShare(many.predictors[by], many.runs),
});

/** The difference between the flow and gradient descent from the authors' start. */
export const differenceRow = (name: string, { flow, descent }: Authors): NumberRow => ({
  what: `${name}flow and descent: largest difference of a weight on the way`,
  descent: weightDistance(flow.run, descent.run),
});

/** How often descent ended with the flow's sink. */
export const agreementRow = (name: string, same: Agreement): NumberRow => ({
  what: `${name}descent and flow end with the same sink`,
  many: manyShare(same, same.runs),
});
