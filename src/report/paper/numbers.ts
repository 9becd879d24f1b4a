import type { Predictor } from "../../model/columns.ts";
import type { Proportion } from "../../statistics/proportion.ts";
import type { Quantiles } from "../../statistics/quantiles.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { thresholdOf } from "./phrases.ts";
import { type Agreement, type Authors, weightDistance } from "./results.ts";
import type { NumberRow } from "./types.ts";

type Result = Proportion | Quantiles | undefined;

/** A share of runs, or a distribution over runs, as a number from many starts. */
export function manyOf(result: Result, runs: number): NumberRow["many"] {
  if (!result) return undefined;
  if ("median" in result) return { value: result.median, low: result.q05, high: result.q95, of: "median", runs };
  return { value: result.share, low: result.interval[0], high: result.interval[1], of: "share", runs };
}

/** A result from many starts, and from the authors' start where it is compared. */
export function resultRow(
  what: string,
  of: (point: PointReport) => Result,
  many: PointReport,
  { flow, descent }: { flow?: PointReport; descent?: PointReport } = {},
): NumberRow {
  const single = (point: PointReport | undefined) => manyOf(point && of(point), 1)?.value;
  return { what, flow: single(flow), descent: single(descent), many: manyOf(of(many), many.runs) };
}

/**
 * Results at the end of runs.
 * @param name how each row begins: what distinguishes these runs from others of the experiment
 * @param isDescentAsLong whether descent ends at the time of the flow; if not, only its time to the threshold is given
 */
export function endRows(name: string, authors: Authors, many: PointReport, isDescentAsLong = true): NumberRow[] {
  const threshold = thresholdOf(many);
  const flow = authors.flow.report;
  const descent = authors.descent.report;
  const single = isDescentAsLong ? { flow, descent } : { flow };
  return [
    resultRow(`${name}largest share at the end`, ({ sinkShare }) => sinkShare, many, single),
    resultRow(`${name}reached share ${threshold} (1: yes)`, ({ polarized }) => polarized, many, single),
    resultRow(`${name}time to share ${threshold}`, ({ polarizationTime }) => polarizationTime, many, { flow, descent }),
    resultRow(`${name}loss at the end`, ({ loss }) => loss, many, single),
  ];
}

const predictors = { alignment: "best aligned token", logit: "largest logit at the start" } as const satisfies Partial<
  Record<Predictor, string>
>;

/** Whether the token that a predictor names won. */
export const predictorRow = (name: string, by: keyof typeof predictors, flow: PointReport, many: PointReport): NumberRow =>
  resultRow(`${name}${predictors[by]} won (1: yes)`, (point) => point.predictors[by], many, { flow });

/** The difference between the flow and gradient descent from the authors' start. */
export const differenceRow = (name: string, { flow, descent }: Authors): NumberRow => ({
  what: `${name}flow and descent: largest difference of a weight on the way`,
  descent: weightDistance(flow.run, descent.run),
});

/** How often descent ended with the flow's winner. */
export const agreementRow = (name: string, same: Agreement): NumberRow => ({
  what: `${name}descent and flow end with the same winner`,
  many: manyOf(same, same.runs),
});
