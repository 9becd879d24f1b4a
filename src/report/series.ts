import { csvOf } from "../results/csv.ts";
import type { SampledRun } from "../sweep/fold.ts";

/** The shares of the tokens of a sampled run, and their entropy, at one time. */
export interface SeriesEntry {
  point: number;
  run: number;
  time: number;
  entropy: number;
  shares: number[];
}

/** The shares |p|/Σ|p| of sampled runs at their recorded times, without the times at which Σ|p| = 0, where there are no shares. */
export function seriesOf(point: number, trajectories: readonly SampledRun[]): SeriesEntry[] {
  return trajectories.flatMap(({ run, times, weights, entropy }) =>
    times.flatMap((time, j) => {
      const magnitudes = (weights[j] ?? []).map(Math.abs);
      const total = magnitudes.reduce((sum, p) => sum + p, 0);
      const value = entropy?.[j];
      return total > 0 && value !== undefined ? [{ point, run, time, entropy: value, shares: magnitudes.map((p) => p / total) }] : [];
    }),
  );
}

/** Entries as CSV: point, run, time, entropy, and one share for each token. The report can be drawn again from it. */
export function seriesToCsv(entries: readonly SeriesEntry[]): string {
  const tokens = Math.max(0, ...entries.map(({ shares }) => shares.length));
  const header = ["point", "run", "time", "entropy", ...Array.from({ length: tokens }, (_, i) => `share${i}`)];
  const rows = entries.map(({ point, run, time, entropy, shares }) => [point, run, time, entropy, ...shares]);
  return csvOf(header, rows);
}

/** Parses what `seriesToCsv` wrote; undefined for any other text. */
export function seriesFromCsv(text: string): SeriesEntry[] | undefined {
  const [header, ...lines] = text.trimEnd().split("\n");
  if (!header?.startsWith("point,run,time,entropy")) return undefined;
  const entries = lines.map((line): SeriesEntry => {
    const [point = Number.NaN, run = Number.NaN, time = Number.NaN, entropy = Number.NaN, ...shares] = line.split(",").map(Number);
    return { point, run, time, entropy, shares };
  });
  return entries.every(({ shares, ...rest }) => [...Object.values(rest), ...shares].every(Number.isFinite)) ? entries : undefined;
}
