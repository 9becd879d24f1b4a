import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import type { Specification } from "../model/grid.ts";
import { entryNumbers } from "../model/trajectory.ts";
import type { SweepOptions } from "../sweep/sweep.ts";
import { type SeriesEntry, seriesOf } from "./series.ts";
import { spaced } from "./spaced.ts";

/** What is sampled of a point for the figures over time, at most: runs, and numbers of all these runs. */
const maxSampled = { runs: 32, numbers: 2 ** 20 };

/** Points that are shown one by one, at most. */
const maxShown = 6;

/**
 * The indices of the points that are shown one by one: of all points, if there are at most `maxShown`; else the same number of points
 * of each kind, evenly spaced. Points are of one kind if their parameters differ in numbers only.
 */
export function shownPoints(points: readonly { parameters: Record<string, unknown> }[]): number[] {
  if (points.length <= maxShown) return points.map((_, i) => i);
  const kinds = new Map<string, number[]>();
  points.forEach(({ parameters }, i) => {
    const kind = JSON.stringify(Object.values(parameters).filter((value) => typeof value !== "number"));
    const same = kinds.get(kind);
    if (same) same.push(i);
    else kinds.set(kind, [i]);
  });
  const groups = [...kinds.values()];
  const each = Math.floor(maxShown / groups.length);
  if (each === 0) return spaced(groups.flat(), maxShown);
  return groups.flatMap((group) => spaced(group, each));
}

function sampleSize(ensemble: Ensemble): number {
  const entries = recordedTimes(ensemble).length * entryNumbers(ensemble.tokens);
  return Math.min(maxSampled.runs, ensemble.runs, Math.floor(maxSampled.numbers / entries));
}

/** What a sweep samples for the figures over time, and the series that come of it. */
export function seriesSample({ points }: Specification): { sample: NonNullable<SweepOptions["sample"]>; series: SeriesEntry[] } {
  const shown = new Set(shownPoints(points));
  const series: SeriesEntry[] = [];
  const runs = points.map(({ ensemble }, i) => (shown.has(i) ? sampleSize(ensemble) : 0));
  return { sample: { runs, take: (point, trajectories) => void series.push(...seriesOf(point, trajectories)) }, series };
}
