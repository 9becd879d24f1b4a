import { figureWidth } from "../theme.ts";
import { csvBy, figure } from "./figure.ts";
import { besideOneAnother } from "./layout.ts";

/** Share of the runs that are not tied in which each token won; `even` is 1/n, the share where no token is preferred. */
export const sinks = figure({
  name: "sinks",
  title: "Who won",
  entries: ({ panels }) =>
    panels.flatMap(({ label, point: { sink } }) =>
      (sink.share ?? []).map((share, token) => {
        const [low, high] = sink.interval?.[token] ?? [share, share];
        return { point: label, token, share, low, high, count: sink.counts[token] ?? 0, even: 1 / sink.counts.length };
      }),
    ),
  caption: (_, { panelNote }) =>
    `Of the runs that have a winner, the share in which each token won, with its 95 % interval; dashed, 1/n. A winner is a sink where it holds the weight that counts as polarized at the end.${panelNote}`,
  csv: (bars) => csvBy(["point", "token", "count", "share", "low", "high"], bars),
  plot(bars, view) {
    const { Plot, panels } = view;
    const edge = (by: number) => (bar: { token: number }) => bar.token + by;
    const firsts = bars.filter(({ token }) => token === 0);
    return {
      ...besideOneAnother(view, 80).options,
      height: 260,
      marginLeft: 60,
      x: {
        label: "token",
        tickFormat: (token: number) => (Number.isInteger(token) ? String(token) : ""),
        ticks: Math.floor(figureWidth / panels.length / 34),
      },
      y: { label: "share of runs", grid: true, domain: [0, Math.max(...bars.map(({ high }) => high)) * 1.05] },
      marks: [
        Plot.rectY(bars, { fx: "point", x1: edge(-0.4), x2: edge(0.4), y: "share", fill: "point", fillOpacity: 0.75 }),
        Plot.ruleX(bars, { fx: "point", x: "token", y1: "low", y2: "high", stroke: "currentColor", strokeWidth: 1.2 }),
        Plot.ruleY(firsts, { fx: "point", y: "even", stroke: "currentColor", strokeDasharray: "4,3" }),
        Plot.ruleY([0], { stroke: "currentColor" }),
      ],
    };
  },
});
