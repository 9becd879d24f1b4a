import type { Predictor } from "../../model/columns.ts";
import { csvBy, figure } from "./figure.ts";
import { besideOneAnother } from "./layout.ts";

/** By what each predictor compares tokens, in the order of the figure. */
const labels: Record<Predictor, string> = {
  mode: "mode",
  logit: "logit",
  alignment: "alignment",
  absAlignment: "|alignment|",
  valueNorm: "value norm",
};

/** How often the token that leads at the start becomes the sink; `even` is what a guess would get, 1/n. */
export const predictors = figure({
  name: "predictors",
  title: "What an early lead is worth",
  entries: ({ panels }) =>
    panels.flatMap(({ label, point: { predictors, sink } }) =>
      (Object.keys(labels) as Predictor[]).flatMap((key) => {
        const p = predictors[key];
        const even = 1 / sink.counts.length;
        return p ? [{ point: label, measure: labels[key], share: p.share, low: p.interval[0], high: p.interval[1], even }] : [];
      }),
    ),
  caption: (_, { panelNote }) =>
    `How often the token that led at the start by each measure won, with 95 % intervals; dashed, 1/n, what a guess would get.${panelNote}`,
  csv: (dots) => csvBy(["point", "measure", "share", "low", "high"], dots),
  plot(dots, view) {
    const { Plot, panels } = view;
    const firsts = dots.filter(({ measure }) => measure === labels.logit);
    return {
      ...besideOneAnother(view, 126).options,
      height: 210,
      marginLeft: 96,
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
