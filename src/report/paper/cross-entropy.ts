import type { PointTrajectory } from "../../ensemble/run.ts";
import { seriesColors } from "../../model/palette.ts";
import { percent, short } from "../table.ts";
import { muted } from "../theme.ts";
import {
  agreement,
  bandNote,
  bandsOf,
  descentRow,
  descentSentence,
  endRows,
  largest,
  last,
  ofStarts,
  predictorRow,
  spread,
  stepRows,
  stepSentence,
} from "./measures.ts";
import { type Line, type Row, sideBySide, timeFigure, tokenKeys, tokenLines } from "./panels.ts";
import { type Experiment, pointOf, runOf } from "./types.ts";

const [color = ""] = seriesColors;
const panels = sideBySide;

export const crossEntropy: Experiment<"start" | "many" | "descent"> = {
  name: "cross-entropy",
  title: "Cross-entropy to a distribution",
  about:
    "n = d = k = 10, zero logits, values of scale 0.1, the target distribution softmax(10·U(0, 1)), learning rate 0.1 for 100,000 steps: t = 10⁴. The loss can't fall below the target's entropy.",
  sources: {
    start: { file: "cross-entropy-start.yaml" },
    many: { file: "cross-entropy.yaml" },
    descent: { file: "cross-entropy.yaml", set: ["integrator={kind: euler, step: 0.1}", "runs=32", "record.trajectories=0"] },
  },
  section(Plot, { start, many, descent }) {
    const [flow, euler] = ["tsit5", "euler"].map((integrator) => runOf(start, { integrator })) as [PointTrajectory, PointTrajectory];
    const [one, two] = [pointOf(start, { integrator: "tsit5" }), pointOf(start, { integrator: "euler" })];
    const ensemble = pointOf(many);
    const sink = largest(last(flow.weights));
    const end = (run: PointTrajectory) => largest(last(run.weights));
    const line = (run: PointTrajectory, of: (j: number) => number): Line[] =>
      run.times.map((time, j) => ({ panel: panels[0], series: "run", color, time, value: of(j), strong: true }));
    const band = (series: string, hue: string, of: (run: PointTrajectory, j: number) => number) =>
      bandsOf(ensemble, of).map(({ time, q }) => ({ panel: panels[1], series, color: hue, time, q }));
    const scalar = (label: string, of: (run: PointTrajectory, j: number) => number, more: Partial<Row> = {}): Row => ({
      label,
      lines: line(flow, (j) => of(flow, j)),
      dots: line(euler, (j) => of(euler, j)),
      bands: band("all", color, of),
      ...more,
    });
    const vector = (label: string, of: "weights" | "logits", more: Partial<Row> = {}): Row => ({
      label,
      lines: tokenLines(panels[0], flow.times, flow[of], sink, color),
      dots: tokenLines(panels[0], euler.times, euler[of], sink, color),
      bands: [
        ...band("other", muted, (run, j) => Math.max(...(run[of][j] as number[]).filter((_, i) => i !== end(run)))),
        ...band("sink", color, (run, j) => run[of][j]?.[end(run)] as number),
      ],
      ...more,
    });
    const same = agreement(many.sinks[0] ?? [], descent.sinks[0] ?? []);
    const { runs, polarized, polarizationTime, sinkShare, predictors, status } = ensemble;
    return {
      figures: [
        timeFigure(
          Plot,
          {
            name: "cross-entropy",
            title: "Loss, gradients, logits and weights",
            caption: `Left, the authors' start: lines, the flow; dots, gradient descent at their learning rate; of logits and weights each token's, the sink's in color. Right, many starts: of logits and weights the sink's and the largest of the others; ${bandNote(ensemble)}`,
          },
          panels,
          [
            scalar("loss", (run, j) => run.loss[j] as number),
            scalar("‖∂L/∂V‖", (run, j) => run.gradientNorms[j]?.[0] as number, { log: true }),
            scalar("‖∂L/∂a‖", (run, j) => run.gradientNorms[j]?.[1] as number, { log: true }),
            vector("logit", "logits"),
            vector("weight", "weights", { domain: [0, 1] }),
          ],
          { keys: tokenKeys(color) },
        ),
      ],
      sentences: [
        `From the authors' start token ${sink} holds ${short(last(flow.weights)[sink])} of the weight at t = 10⁴, having passed 0.9 at t = ${short(one.polarizationTime?.median)}.`,
        `One token passed 0.9 by then in ${ofStarts(polarized, runs)}, at a median t = ${spread(polarizationTime)}; at the end the largest weight is ${spread(sinkShare)}.`,
        `The token that was best aligned at the start became the sink in ${percent(predictors.alignment)} of them.`,
        `${status.converged} of ${runs} runs came to rest by t = 10⁴.`,
        descentSentence(same),
        stepSentence({ flow, euler }),
      ],
      numbers: [
        ...endRows("", one, two, ensemble),
        predictorRow("", "alignment", one, ensemble),
        stepRows("", flow, euler),
        descentRow("", same),
      ],
    };
  },
};
