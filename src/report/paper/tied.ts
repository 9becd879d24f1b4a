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
  medianRow,
  ofStarts,
  predictorRow,
  spread,
  stepRows,
  stepSentence,
} from "./measures.ts";
import { type Line, timeFigure, tokenLines } from "./panels.ts";
import { type Experiment, type NumberRow, pointOf, runOf } from "./types.ts";

const sizes = [10, 20, 50, 100] as const;
const colors = Object.fromEntries(sizes.map((size, i) => [size, seriesColors[i] as string])) as Record<(typeof sizes)[number], string>;
const panels = ["authors' start, D = 10", "many starts, D = 10 to 100"] as const;

export const tied: Experiment<"start" | "many" | "descent"> = {
  name: "tied",
  title: "One matrix in both places",
  about:
    "The tied model z = U a, p = σ(z), y = U p, with U = I at the start, a = 1 + 0.1·N(0, 1), ‖β‖ = 1, D tokens of D dimensions, logistic loss, learning rate 0.05 for 10,000 steps: t = 500.",
  sources: {
    start: { file: "tied-start.yaml" },
    many: { file: "tied.yaml" },
    descent: { file: "tied.yaml", set: ["integrator={kind: euler, step: 0.05}", "grid.tokens=[10]", "runs=64", "record.trajectories=0"] },
  },
  section(Plot, { start, many, descent }) {
    const [flow, euler] = ["tsit5", "euler"].map((integrator) => runOf(start, { integrator })) as [PointTrajectory, PointTrajectory];
    const [one, two] = [pointOf(start, { integrator: "tsit5" }), pointOf(start, { integrator: "euler" })];
    const sink = largest(last(flow.weights));
    const all = sizes.map((size) => ({ size, point: pointOf(many, { tokens: size }) }));
    const [{ point: first }] = all as [(typeof all)[number]];
    const same = agreement(many.sinks[first.index] ?? [], descent.sinks[0] ?? []);
    const line = (run: PointTrajectory, values: number[]): Line[] =>
      run.times.map((time, j) => ({ panel: panels[0], series: "run", color: colors[10], time, value: values[j] as number, strong: true }));
    const bands = (of: (run: PointTrajectory, j: number) => number) =>
      all.flatMap(({ size, point }) =>
        bandsOf(point, of).map(({ time, q }) => ({ panel: panels[1], series: String(size), color: colors[size], time, q })),
      );
    const end = (run: PointTrajectory) => largest(last(run.weights));
    return {
      figures: [
        timeFigure(
          Plot,
          {
            name: "tied",
            title: "Loss, weights, and the norm of the sink's column",
            caption: `Left, the authors' start: lines, the flow; dots, gradient descent at their learning rate; of weights and norms each token's, the sink's in color. Right, many starts by D: the sink's; ${bandNote(first)}`,
          },
          panels,
          [
            {
              label: "loss",
              log: true,
              lines: line(flow, flow.loss),
              dots: line(euler, euler.loss),
              bands: bands((run, j) => run.loss[j] as number),
            },
            {
              label: "weight",
              domain: [0, 1],
              lines: tokenLines(panels[0], flow.times, flow.weights, sink, colors[10]),
              dots: tokenLines(panels[0], euler.times, euler.weights, sink, colors[10]),
              bands: bands((run, j) => run.weights[j]?.[end(run)] as number),
            },
            {
              label: "norm of column",
              lines: tokenLines(panels[0], flow.times, flow.valueNorms, sink, colors[10]),
              dots: tokenLines(panels[0], euler.times, euler.valueNorms, sink, colors[10]),
              bands: bands((run, j) => run.valueNorms[j]?.[end(run)] as number),
            },
          ],
          { keys: [...sizes.map((size) => ({ label: `D = ${size}`, color: colors[size] })), { label: "other tokens", color: muted }] },
        ),
      ],
      sentences: [
        `From the authors' start token ${sink} holds ${short(last(flow.weights)[sink])} of the weight at t = 500, and its column has grown from 1 to ${short(last(flow.valueNorms)[sink])}, ${short(one.massiveActivation.normRatio?.median)} times the median column.`,
        `One token passed 0.9: ${all.map(({ size, point }) => `D = ${size}, ${ofStarts(point.polarized, point.runs)}, at a median t = ${short(point.polarizationTime?.median)}`).join("; ")}.`,
        `The norm of the sink's column over the median one: ${all.map(({ size, point }) => `D = ${size}, ${spread(point.massiveActivation.normRatio)}`).join("; ")}.`,
        ...(one.predictors.logit?.share === 1 && one.predictors.alignment?.share === 1
          ? [
              "In the authors' start one token has both the largest logit and the largest β_i, and becomes the sink: so it can't tell which decides.",
            ]
          : []),
        `The best aligned token at the start, which with U = I is that of the largest β_i, became the sink in ${all.map(({ size, point }) => `${percent(point.predictors.alignment)} at D = ${size}`).join("; ")}; that of the largest logit in ${all.map(({ size, point }) => `${percent(point.predictors.logit)} at D = ${size}`).join("; ")}.`,
        descentSentence(same, " at D = 10"),
        stepSentence({ flow, euler }),
      ],
      numbers: all.flatMap(({ size, point }): NumberRow[] => {
        const own = size === 10;
        const ends = endRows(`D = ${size}: `, one, two, point).map((row) => (own ? row : { what: row.what, many: row.many }));
        const { sinkNorm, normRatio } = point.massiveActivation;
        return [
          ...ends,
          {
            what: `D = ${size}: norm of the sink's column`,
            ...(own && { flow: one.massiveActivation.sinkNorm?.median, descent: two.massiveActivation.sinkNorm?.median }),
            many: medianRow(sinkNorm, point.runs),
          },
          {
            what: `D = ${size}: that over the median column's`,
            ...(own && { flow: one.massiveActivation.normRatio?.median, descent: two.massiveActivation.normRatio?.median }),
            many: medianRow(normRatio, point.runs),
          },
          predictorRow(`D = ${size}: `, "alignment", own ? one : undefined, point),
          ...(own ? [stepRows("D = 10: ", flow, euler), descentRow("D = 10: ", same)] : []),
        ];
      }),
    };
  },
};
