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
  pullsOf,
  shareRow,
  spread,
  stepRows,
  stepSentence,
} from "./measures.ts";
import { type Row, sideBySide, timeFigure, tokenKeys, tokenLines } from "./panels.ts";
import { type Experiment, pointOf, runOf } from "./types.ts";

const [color = ""] = seriesColors;
const panels = sideBySide;
/** Where the paper's own run ends, as files have it; the flow goes on tenfold. */
const descends = ["integrator={kind: euler, step: 0.1}", "until.time=1e4", "record.times={from: 0.1, to: 1e4, count: 61}"];

export const logistic: Experiment<"start" | "start-descent" | "many" | "descent"> = {
  name: "logistic",
  title: "Logistic loss from zero logits",
  about:
    "n = d = 8, zero logits, values of scale 0.1. Gradient descent as in the paper, 100,000 steps at rate 0.1, ends at t = 10⁴; the flow, which takes longer steps, goes on to t = 10⁵. Weights, and u = Vᵀβ, what each token's value adds to the margin.",
  sources: {
    start: { file: "logistic-start.yaml" },
    "start-descent": { file: "logistic-start.yaml", set: descends },
    many: { file: "logistic.yaml" },
    descent: { file: "logistic.yaml", set: [...descends, "runs=64", "record.trajectories=0"] },
  },
  section(Plot, { start, "start-descent": startDescent, many, descent }) {
    const [flow, euler] = [start, startDescent].map((outcome) => runOf(outcome, {})) as [PointTrajectory, PointTrajectory];
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
    const [one, two] = [pointOf(start), pointOf(startDescent)];
    const { times = [], polarized: reached = [] } = ensemble.overTime ?? {};
    const then = euler.times.length - 1;
    const early = reached[times.findIndex((time) => Math.abs(time / 1e4 - 1) < 1e-9)];
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
          { keys: tokenKeys(color) },
        ),
      ],
      sentences: [
        `From the authors' start token ${sink} holds ${short(flow.weights[then]?.[sink])} of the weight at t = 10⁴ and ${short(last(flow.weights)[sink])} at t = 10⁵, having passed 0.9 at t = ${short(one.polarizationTime?.median)}.`,
        `One token passed 0.9 by t = 10⁴ in ${percent(early)} and by t = 10⁵ in ${ofStarts(polarized, runs)}, at a median t = ${spread(polarizationTime)}; at the end the largest share is ${spread(sinkShare)}.`,
        `The token that was best aligned at the start became the sink in ${percent(predictors.alignment)} of them.`,
        descentSentence(same),
        stepSentence({ flow, euler }),
      ],
      numbers: [
        ...endRows("", one, two, ensemble, false),
        { what: "largest share at t = 10⁴", flow: Math.max(...(flow.weights[then] as number[])), descent: two.sinkShare?.median },
        { what: "reached share 0.9 by t = 10⁴ (1: yes)", descent: two.polarized?.share, many: shareRow(early, runs) },
        predictorRow("", "alignment", one, ensemble),
        stepRows("", flow, euler),
        descentRow("", same),
      ],
    };
  },
};
