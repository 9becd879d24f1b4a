import type { PointTrajectory } from "../../ensemble/run.ts";
import { percent, short } from "../table.ts";
import { muted, palette } from "../theme.ts";
import { agreement, bandNote, bandsOf, endRows, largest, last, ofStarts, pullsOf, shareRow, spread, stepRows } from "./measures.ts";
import { type Row, timeFigure, tokenLines } from "./panels.ts";
import { type Experiment, pointOf, runOf } from "./types.ts";

const [color = ""] = palette;
const panels = ["authors' start", "many starts"] as const;

export const logistic: Experiment<"start" | "many" | "descent"> = {
  name: "logistic",
  title: "Logistic loss from zero logits",
  about:
    "n = d = 8, zero logits, values of scale 0.1, learning rate 0.1 for 100,000 steps: t = 10⁴. Weights, and u = Vᵀβ, what each token's value adds to the margin.",
  sources: {
    start: { file: "logistic-start.yaml" },
    many: { file: "logistic.yaml" },
    descent: { file: "logistic.yaml", set: ["integrator={kind: euler, step: 0.1}", "runs=64", "record.trajectories=0"] },
  },
  section(Plot, { start, many, descent }) {
    const [flow, euler] = ["tsit5", "euler"].map((integrator) => runOf(start, { integrator })) as [PointTrajectory, PointTrajectory];
    const ensemble = pointOf(many);
    const sink = largest(last(flow.weights));
    const row = (label: string, of: (run: PointTrajectory) => number[][], domain?: Row["domain"]): Row => {
      const band = (series: string, hue: string, pick: (values: readonly number[], sink: number) => number) =>
        bandsOf(ensemble, (run, j) => pick(of(run)[j] as number[], largest(last(run.weights)))).map(({ time, q }) => ({
          panel: panels[1],
          series,
          color: hue,
          time,
          q,
        }));
      return {
        label,
        lines: tokenLines(panels[0], flow.times, of(flow), sink, color),
        dots: tokenLines(panels[0], euler.times, of(euler), sink, color),
        bands: [
          ...band("other", muted, (values, token) => Math.max(...values.filter((_, i) => i !== token))),
          ...band("sink", color, (values, token) => values[token] as number),
        ],
        ...(domain && { domain }),
      };
    };
    const same = agreement(many.sinks[0] ?? [], descent.sinks[0] ?? []);
    const { runs, polarized, polarizationTime, sinkShare, predictors } = ensemble;
    const one = pointOf(start, { integrator: "tsit5" });
    return {
      figures: [
        timeFigure(
          Plot,
          {
            name: "logistic",
            title: "Weights, and u = Vᵀβ",
            caption: `Left, the authors' start: each line a token under the flow, the sink in color; dots, gradient descent at their learning rate. Right, many starts: the token that is the sink at the end, and the largest of the others; ${bandNote(ensemble)}`,
          },
          panels,
          [row("weight", ({ weights }) => weights, [0, 1]), row("u = Vᵀβ", pullsOf)],
          {
            keys: [
              { label: "the sink", color },
              { label: "other tokens", color: muted },
            ],
          },
        ),
      ],
      sentences: [
        `From the authors' start token ${sink} holds ${short(last(flow.weights)[sink])} of the weight at t = 10⁴, having passed 0.9 at t = ${short(one.polarizationTime?.median)}.`,
        `One token passed 0.9 by then in ${ofStarts(polarized, runs)}, at a median t = ${spread(polarizationTime)}; at the end the largest share is ${spread(sinkShare)}.`,
        `The token that was best aligned at the start became the sink in ${percent(predictors.alignment)} of them${predictors.alignment?.share === 1 ? ": from equal logits nothing else decides" : ""}.`,
        `Gradient descent at the paper's rate ended with the flow's sink in ${percent(same)} of ${same.runs} starts; from the authors' start no weight differed by more than ${short(stepRows("", flow, euler).descent)} on the way.`,
      ],
      numbers: [
        ...endRows("", one, pointOf(start, { integrator: "euler" }), ensemble),
        {
          what: "best aligned token became the sink (1: yes)",
          flow: one.predictors.alignment?.share,
          many: shareRow(predictors.alignment, runs),
        },
        stepRows("", flow, euler),
        { what: "descent and flow end with the same sink", many: shareRow(same, same.runs) },
      ],
    };
  },
};
