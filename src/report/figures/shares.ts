import { largestShare } from "../../model/ties.ts";
import { powerOfTen } from "../format.ts";
import { timeName } from "../sentences.ts";
import { seriesToCsv } from "../series.ts";
import { figureWidth, muted } from "../theme.ts";
import { figure, type View } from "./figure.ts";
import { besideOneAnother, timeTicks } from "./layout.ts";

/** Runs that are shown, at most, a row for each. */
const maxRuns = 3;
/** Tokens of a run that are shown, at most: those of the largest shares at the end. */
const maxTokens = 12;

const sharesOf = ({ series, panels }: View) =>
  series.flatMap(({ point, run, time, shares }) => {
    const panel = panels.find(({ index }) => index === point);
    if (!panel || run >= maxRuns || time === 0) return [];
    const last = series.findLast((entry) => entry.point === point && entry.run === run)?.shares ?? [];
    const top = largestShare(last);
    const isSink = (token: number) => token === top && (panel.point.sink.counts[token] ?? 0) > 0; // tokens that are alike are never a sink
    const order = last.map((_, i) => i).sort((a, b) => (last[b] as number) - (last[a] as number));
    return order
      .slice(0, maxTokens)
      .map((token) => ({ point: panel.label, run: `run ${run}`, time, token, share: shares[token] as number, isSink: isSink(token) }));
  });

const runsIn = (shares: readonly { run: string }[]) => new Set(shares.map(({ run }) => run)).size;

/** Shares over time of the first runs: a line for each token. */
export const shares = figure({
  name: "shares",
  title: "Shares over time",
  entries: sharesOf,
  caption: (shares, { panelNote }) =>
    `Each line is a token's share of the weight in ${runsIn(shares) === 1 ? "the first run" : `one of the first ${runsIn(shares)} runs`}; the winner is colored, where the run is not tied.${panelNote}`,
  csv: (_, { series }) => seriesToCsv(series),
  plot(shares, view) {
    const { Plot, panels, report } = view;
    const { headings, options } = besideOneAnother(view);
    const ticks = timeTicks(
      shares.map(({ time }) => time),
      (figureWidth - 120) / panels.length,
    );
    const line = { fx: "point", fy: "run", x: "time", y: "share", z: "token" } as const;
    const [sinks, others] = [shares.filter(({ isSink }) => isSink), shares.filter(({ isSink }) => !isSink)];
    return {
      ...options,
      height: 45 + 15 * headings + 150 * runsIn(shares),
      marginLeft: 60,
      marginRight: 60,
      fy: { label: null, padding: 0.16 },
      x: { type: "log", label: timeName(report), ticks, tickFormat: powerOfTen },
      y: { domain: [0, 1], label: "share", ticks: 3, grid: true },
      marks: [
        Plot.line(others, { ...line, stroke: muted, strokeWidth: 1, strokeOpacity: 0.8 }),
        Plot.line(sinks, { ...line, stroke: "point", strokeWidth: 2.5 }),
        Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
      ],
    };
  },
});
