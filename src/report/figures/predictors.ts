import type { PointReport } from "../../sweep/sweep.ts";
import { predictorLabels as labels, predictorNames, predictorsClaim } from "../claims.ts";
import { csvBy, figure } from "./figure.ts";
import { besideOneAnother } from "./layout.ts";

/** Points whose result the caption tells in a sentence, at most. */
const maxTold = 2;

const whereOf = (label: string, { ensemble }: PointReport) => (label ? `At ${label}` : `Under ${ensemble.normalizer.kind}`);

/** How often the token that leads at the start wins; `even` is what a guess would get, 1/n. */
export const predictors = figure({
  name: "predictors",
  title: "What an early lead is worth",
  entries: ({ panels }) =>
    panels.flatMap(({ label, point: { predictors, sink } }) =>
      predictorNames.flatMap((key) => {
        const p = predictors[key];
        const even = 1 / sink.counts.length;
        return p ? [{ point: label, measure: labels[key], share: p.share, low: p.interval[0], high: p.interval[1], even }] : [];
      }),
    ),
  caption: (_, { panels, panelNote }) =>
    [
      `How often the token that led at the start by each measure won, with 95 % intervals; dashed, 1/n, what a guess would get.${panelNote}`,
      ...(panels.length <= maxTold ? panels.map(({ label, point }) => predictorsClaim(whereOf(label, point), point)) : []),
    ].join(" "),
  csv: (dots) => csvBy(["point", "measure", "share", "low", "high"], dots),
  plot(dots, view) {
    const { Plot, panels } = view;
    const firsts = dots.filter(({ measure }) => measure === labels.logit);
    return {
      ...besideOneAnother(view, 160).options,
      height: 210,
      marginLeft: 130,
      marginRight: 30,
      x: { domain: [0, 1], label: "share of runs", ticks: panels.length > 2 ? [0, 0.5] : 5, tickFormat: String, grid: true },
      y: { domain: Object.values(labels).filter((name) => dots.some(({ measure }) => measure === name)), label: null },
      marks: [
        Plot.ruleX(firsts, { fx: "point", x: "even", stroke: "currentColor", strokeDasharray: "4,3" }),
        Plot.dot(dots, { fx: "point", y: "measure", x: "share", fill: "point", r: 5 }),
        Plot.ruleY(dots, { fx: "point", y: "measure", x1: "low", x2: "high", stroke: "currentColor", strokeWidth: 1.5 }),
        Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
      ],
    };
  },
});
