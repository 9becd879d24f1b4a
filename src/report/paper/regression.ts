import type { PointTrajectory } from "../../ensemble/run.ts";
import { seriesColors } from "../../model/palette.ts";
import { exactQuantiles } from "../../statistics/quantiles.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { percent, short } from "../table.ts";
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
  placeNote,
  predictorRow,
  quartileNote,
  spread,
  stepRows,
  stepSentence,
} from "./measures.ts";
import { type Line, placeFigure, sideBySide, timeFigure, tokenLines } from "./panels.ts";
import { type Experiment, type NumberRow, type Outcome, pointOf, runOf } from "./types.ts";

const conditions = [1, 2, 3, 4, 5] as const;
type Condition = (typeof conditions)[number];
const colors = Object.fromEntries(conditions.map((kappa, i) => [kappa, seriesColors[i] as string])) as Record<Condition, string>;
const panels = sideBySide;
/** What the authors' start of a condition number is called, in examples/paper/ and in the names of results. */
const starts = { 1: "start-a", 2: "start-b", 3: "start-c", 4: "start-d", 5: "start-e" } as const satisfies Record<Condition, string>;
const startOf = (kappa: Condition) => starts[kappa];

export const regression: Experiment = {
  name: "regression",
  title: "Regression by condition number",
  about:
    "‖X y − b‖² with n = d = 20 and 20 samples, values of scale 10⁻⁵, logits of scale 10⁻³, X of condition number κ, learning rate 0.001 for 100,000 steps: t = 100. All starts share one X; values and b are as likely in any direction, so that only its singular values count.",
  sources: {
    ...Object.fromEntries(conditions.map((kappa) => [startOf(kappa), { file: `regression-${startOf(kappa)}.yaml` }])),
    many: { file: "regression.yaml" },
    descent: {
      file: "regression.yaml",
      set: ["integrator={kind: euler, step: 0.001}", "grid={loss.conditionNumber: [5]}", "runs=16", "record.trajectories=0"],
    },
  },
  section(Plot, outcomes) {
    const all = conditions.map((kappa) => {
      const start = outcomes[startOf(kappa)] as Outcome;
      return {
        kappa,
        color: colors[kappa],
        point: pointOf(outcomes["many"] as Outcome, { "loss.conditionNumber": kappa }),
        one: pointOf(start, { integrator: "tsit5" }),
        two: pointOf(start, { integrator: "euler" }),
        flow: runOf(start, { integrator: "tsit5" }),
        euler: runOf(start, { integrator: "euler" }),
      };
    });
    const lines = (from: "flow" | "euler", of: (run: PointTrajectory, j: number) => number): Line[] =>
      all.flatMap(({ kappa, color, [from]: run }) =>
        run.times.map((time, j) => ({ panel: panels[0], series: String(kappa), color, time, value: of(run, j), strong: true })),
      );
    const row = (
      label: string,
      of: (run: PointTrajectory, j: number) => number,
      more: { log?: boolean; domain?: [number, number] } = {},
    ) => ({
      label,
      lines: lines("flow", of),
      dots: lines("euler", of),
      quartiles: true,
      bands: all.flatMap(({ kappa, color, point }) =>
        bandsOf(point, of).map(({ time, q }) => ({ panel: panels[1], series: String(kappa), color, time, q })),
      ),
      ...more,
    });
    const single = all.map(({ kappa }) => `κ = ${kappa}`);
    const tokens = (from: "flow" | "euler") =>
      all.flatMap(({ kappa, color, [from]: run }) => tokenLines(`κ = ${kappa}`, run.times, run.logits, largest(last(run.weights)), color));
    const weights = all.flatMap(({ kappa, color, point }) =>
      bandsOf(point, (run, j) => Math.max(...(run.weights[j] as number[]))).map(({ time, q }) => ({
        panel: `κ = ${kappa}`,
        series: "largest",
        color,
        time,
        q,
      })),
    );
    const [first] = all as [(typeof all)[number]];
    const worst = pointOf(outcomes["many"] as Outcome, { "loss.conditionNumber": 5 });
    const same = agreement(outcomes["many"]?.sinks[worst.index] ?? [], outcomes["descent"]?.sinks[0] ?? []);
    const share = ({ polarized }: PointReport) => percent(polarized);
    return {
      figures: [
        timeFigure(
          Plot,
          {
            name: "regression",
            title: "Loss, gradients and the largest weight",
            caption: `Left, the authors' start: lines, the flow; dots, gradient descent at their learning rate. (X of κ = 2, 3, 4 has the singular vectors of theirs.) Right, many starts: ${quartileNote(first.point)}`,
          },
          panels,
          [
            row("loss", (run, j) => run.loss[j] as number, { log: true, domain: [1e-8, 100] }),
            row("‖∂L/∂V‖", (run, j) => run.gradientNorms[j]?.[0] as number, { log: true }),
            row("‖∂L/∂a‖", (run, j) => run.gradientNorms[j]?.[1] as number, { log: true }),
            row("largest weight", (run, j) => Math.max(...(run.weights[j] as number[])), { domain: [0, 1] }),
          ],
          { keys: all.map(({ kappa, color }) => ({ label: `κ = ${kappa}`, color })), linearTime: true },
        ),
        timeFigure(
          Plot,
          {
            name: "regression-logits",
            title: "Logits and the largest weight by condition number",
            caption: `Above, the authors' start: each line a token under the flow, the sink in color; dots, gradient descent at their learning rate. Below, many starts: the largest weight; ${bandNote(first.point)}`,
          },
          single,
          [
            { label: "logit", lines: tokens("flow"), dots: tokens("euler") },
            { label: "largest weight, many starts", bands: weights, domain: [0, 1] },
          ],
          { linearTime: true },
        ),
        placeFigure(
          Plot,
          {
            name: "regression-places",
            title: "Where the authors' start lies among many",
            caption: placeNote("Largest weight", first.point),
          },
          "largest weight at the end",
          all.map(({ kappa, color, point, one }) => ({
            category: `κ = ${kappa}`,
            color,
            q: point.sinkShare ?? exactQuantiles([]),
            ...(one.sinkShare && { one: one.sinkShare.median }),
          })),
          [0, 1],
        ),
      ],
      sentences: [
        `From the authors' start the largest weight at t = 100 is ${all.map(({ kappa, one }) => `${short(one.sinkShare?.median)} at κ = ${kappa}`).join(", ")}.`,
        `Over starts it is ${all.map(({ kappa, point }) => `${spread(point.sinkShare)} at κ = ${kappa}`).join("; ")}.`,
        `One token passed 0.9 by then in ${all.map(({ kappa, point }) => `${share(point)} at κ = ${kappa}`).join("; ")} (${first.point.runs.toLocaleString("en-US")} starts each).`,
        ...unlike(all),
        descentSentence(same, " at κ = 5"),
        stepSentence(...all),
      ],
      numbers: all.flatMap(({ kappa, one, two, point, flow, euler }): NumberRow[] => [
        ...endRows(`κ = ${kappa}: `, one, two, point),
        predictorRow(`κ = ${kappa}: `, "logit", one, point),
        stepRows(`κ = ${kappa}: `, flow, euler),
        ...(kappa === 5 ? [descentRow("κ = 5: ", same)] : []),
      ]),
    };
  },
};

/** Where the authors' run says no and a good part of starts say yes, or the other way. */
function unlike(all: readonly { kappa: number; one: PointReport; point: PointReport }[]): string[] {
  return all.flatMap(({ kappa, one, point }) => {
    const [once, many] = [one.polarized?.share === 1, point.polarized];
    if (!many) return [];
    if (!once && many.interval[0] > 0.01) return [`At κ = ${kappa} the authors' run does not reach 0.9; ${ofStarts(many, point.runs)} do.`];
    return once && many.interval[1] < 0.9 ? [`At κ = ${kappa} the authors' run reaches 0.9; only ${ofStarts(many, point.runs)} do.`] : [];
  });
}
