import type { TimedTrajectory } from "../../ensemble/timed.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { muted } from "../theme.ts";
import type { Band, Line, PanelRow } from "../timeFigure.ts";
import { type Authors, quantilesInTime, type RunNumber, sinkOf } from "./results.ts";

/** The panels of most figures: one run, and many. */
export const sideBySide = ["authors' start", "many starts"] as const;
/** The legend of the colors of tokens. */
export const tokenLegend = (color: string) => [
  { label: "the winner", color },
  { label: "other tokens", color: muted },
];

type About = Pick<Line, "panel" | "series" | "color">;
/** Numbers of a run's tokens: [time][token]. */
type TokenNumbers = (run: TimedTrajectory) => readonly (readonly number[])[];

/** A number of a run as a line. */
export const runLine = (about: About, run: TimedTrajectory, of: RunNumber): Line[] =>
  run.times.map((time, j) => ({ ...about, time, value: of(run, j), strong: true }));

/** A number of all recorded runs as a band. */
export const runBand = (about: About, point: PointReport, of: RunNumber): Band[] =>
  quantilesInTime(point, of).map((entry) => ({ ...about, ...entry }));

/** The tokens of a run as lines: that of the sink is thick and has the color, the others are muted. */
export const tokenLines = (
  { panel, color, sink }: { panel: string; color: string; sink: number },
  run: TimedTrajectory,
  of: TokenNumbers,
): Line[] =>
  of(run).flatMap((values, j) =>
    values.map((value, token) => {
      const strong = token === sink;
      return { panel, series: `token ${token}`, color: strong ? color : muted, time: run.times[j] as number, value, strong };
    }),
  );

/** Side by side: the tokens of the authors' start as lines; and, of many starts, the number of the sink and the largest of the others, as bands. */
export function tokenRow(
  label: string,
  color: string,
  { flow, descent }: Authors,
  many: PointReport,
  of: TokenNumbers,
  domain?: PanelRow["domain"],
): PanelRow {
  const about = { panel: sideBySide[0], color, sink: sinkOf(flow.run) };
  const band = (series: string, hue: string, pick: (values: readonly number[], sink: number) => number) =>
    runBand({ panel: sideBySide[1], series, color: hue }, many, (run, j) => pick(of(run)[j] as number[], sinkOf(run)));
  return {
    label,
    lines: tokenLines(about, flow.run, of),
    dots: tokenLines(about, descent.run, of),
    bands: [
      ...band("other", muted, (values, sink) => Math.max(...values.filter((_, i) => i !== sink))),
      ...band("sink", color, (values, sink) => values[sink] as number),
    ],
    ...(domain && { domain }),
  };
}
