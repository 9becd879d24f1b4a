import { exactQuantiles } from "../../statistics/quantiles.ts";
import { powerOfTen } from "../format.ts";
import { percent, short } from "../table.ts";
import { colorsOf, muted } from "../theme.ts";
import {
  agreement,
  bandNote,
  bandsOf,
  descentRow,
  endRows,
  largest,
  last,
  medianRow,
  ofStarts,
  placeNote,
  predictorRow,
  shareRow,
  stepRows,
} from "./measures.ts";
import { placeFigure, type Row, timeFigure, tokenLines } from "./panels.ts";
import { type Experiment, type NumberRow, type Outcome, pointOf, runOf } from "./types.ts";

const kinds = ["softmax", "sigmoid", "l1", "sum", "l2", "relu"] as const;
/** Those that are followed for longer, too. */
const lasting = ["softmax", "l1", "l2", "relu"] as const;
const colors = colorsOf(kinds.map((kind) => ({ label: kind, normalizer: kind })));
const colorOf = (kind: string) => colors.get(kind) ?? muted;

/** Six normalizers under a loss: from the authors' start, and from many. */
function experiment(
  loss: "logistic" | "square",
  step: number,
  steps: string,
  late: number,
): Experiment<"start" | "many" | "descent" | "late"> {
  return {
    name: `normalizers-${loss}`,
    title: `Six normalizers, ${loss} loss`,
    about: `n = d = 10, values of scale 0.1, logits 1 + 0.1·N(0, 1), learning rate ${step} for ${steps} steps. Shares are of |p|/Σ|p|.`,
    sources: {
      start: { file: `normalizers-${loss}-start.yaml` },
      many: { file: `normalizers-${loss}.yaml` },
      descent: { file: `normalizers-${loss}.yaml`, set: [`integrator={kind: euler, step: ${step}}`, "runs=64", "record.trajectories=0"] },
      late: {
        file: `normalizers-${loss}.yaml`,
        set: [`grid.normalizer=[${lasting.join(", ")}]`, `until.time=${late}`, "runs=256", "record.trajectories=0"],
      },
    },
    section(Plot, { start, many, descent, late: later }) {
      const places = kinds.map((kind) => {
        const all = pointOf(many, { normalizer: kind });
        const one = pointOf(start, { normalizer: kind, integrator: "tsit5" });
        const euler = pointOf(start, { normalizer: kind, integrator: "euler" });
        const [flowRun, eulerRun] = [
          runOf(start, { normalizer: kind, integrator: "tsit5" }),
          runOf(start, { normalizer: kind, integrator: "euler" }),
        ];
        const same = agreement(many.sinks[all.index] ?? [], descent.sinks[pointOf(descent, { normalizer: kind }).index] ?? []);
        return { kind, all, one, euler, flowRun, eulerRun, same, sink: largest(last(flowRun.weights)) };
      });
      const [first] = places as [(typeof places)[number]];
      const { runs } = first.all;
      const tokens = (of: "weights" | "logits", from: "flowRun" | "eulerRun") =>
        places.flatMap((place) => tokenLines(place.kind, place[from].times, place[from][of], place.sink, colorOf(place.kind)));
      const wide = beyond(places.map(({ kind, flowRun }) => ({ kind, weights: flowRun.weights.flat() })));
      const shares = places.flatMap(({ kind, all }) =>
        bandsOf(all, (run, j) => shareOf(run.weights[j] as number[])).map(({ time, q }) => ({
          panel: kind,
          series: kind,
          color: colorOf(kind),
          time,
          q,
        })),
      );
      return {
        figures: [
          timeFigure(
            Plot,
            {
              name: `normalizers-${loss}`,
              title: "Weights and logits by normalizer",
              caption: `Above, the authors' start: each line a token under the flow, the sink in color; dots, gradient descent at their learning rate. ${wide.note}Below, many starts: the largest share; ${bandNote(first.all)}`,
            },
            kinds,
            [
              { label: "weight", lines: tokens("weights", "flowRun"), dots: tokens("weights", "eulerRun"), ...wide.axis },
              { label: "logit", lines: tokens("logits", "flowRun"), dots: tokens("logits", "eulerRun") },
              { label: "largest share, many starts", bands: shares, domain: [0, 1] },
            ],
          ),
          placeFigure(
            Plot,
            {
              name: `normalizers-${loss}-places`,
              title: "Where the authors' start lies among many",
              caption: placeNote("Largest share", first.all),
            },
            "largest share at the end",
            places.map(({ kind, all, one }) => ({
              category: kind,
              color: colorOf(kind),
              q: all.sinkShare ?? exactQuantiles([]),
              ...(one.sinkShare && { one: one.sinkShare.median }),
            })),
            [0, 1],
          ),
        ],
        sentences: [
          ...sentences(places, runs, lead(start)),
          inTime(later, late),
          kin(places.map(({ kind, all }) => ({ kind, sinks: many.sinks[all.index] ?? [] }))),
        ],
        numbers: [
          ...lasting.map((kind): NumberRow => {
            const point = pointOf(later, { normalizer: kind });
            return { what: `${kind}: reached share 0.9 by t = ${powerOfTen(late)}`, many: shareRow(point.polarized, point.runs) };
          }),
          ...places.flatMap(({ kind, one, euler, all, same, flowRun, eulerRun }): NumberRow[] => [
            ...endRows(`${kind}: `, one, euler, all),
            {
              what: `${kind}: effective tokens e^H at the end`,
              flow: one.effectiveTokens?.median,
              descent: euler.effectiveTokens?.median,
              many: medianRow(all.effectiveTokens, all.runs),
            },
            predictorRow(`${kind}: `, "logit", one, all),
            stepRows(`${kind}: `, flowRun, eulerRun),
            descentRow(`${kind}: `, same),
          ]),
        ],
      };
    },
  };
}

/** Weights that leave [0, 1] by more than a tenth would flatten the others: the axis ends there, and the caption says how far they go. */
function beyond(all: readonly { kind: string; weights: readonly number[] }[]): { axis: Pick<Row, "domain">; note: string } {
  const far = all.filter(({ weights }) => Math.min(...weights) < -0.1 || Math.max(...weights) > 1.1);
  const each = far.map(
    ({ kind, weights }) => `The weights of ${kind} leave the axis, to ${short(Math.min(...weights))} and ${short(Math.max(...weights))}. `,
  );
  return { axis: far.length > 0 ? { domain: [-0.1, 1.1] } : {}, note: each.join("") };
}

/** The largest share of weights. */
function shareOf(weights: readonly number[]): number {
  const magnitudes = weights.map(Math.abs);
  return Math.max(...magnitudes) / magnitudes.reduce((sum, p) => sum + p, 0);
}

/** By how much the largest logit of a start that is given is above the next. */
function lead({ report: { specification } }: Outcome): number {
  const { vector } = specification["logits"] as { vector: number[] };
  const [first = 0, second = 0] = [...vector].sort((a, b) => b - a);
  return first - second;
}

/** How the shares change where the flow is followed for longer. */
function inTime(later: Outcome, time: number): string {
  const points = lasting.map((kind) => ({ kind, point: pointOf(later, { normalizer: kind }) }));
  const each = points.map(({ kind, point }) => `${kind} ${percent(point.polarized)}`).join("; ");
  return `Followed to t = ${powerOfTen(time)}, it is reached in: ${each} (${points[0]?.point.runs} starts).`;
}

/** l1 and relu are one flow as long as no logit passes 0, beyond which relu leaves a token out and l1 holds it at 0. */
function kin(places: readonly { kind: string; sinks: ArrayLike<number> }[]): string {
  const [one = [], other = []] = ["l1", "relu"].map((name) => places.find(({ kind }) => kind === name)?.sinks);
  const same = agreement(one, other);
  return `l1 and relu, one flow as long as no logit passes 0, ended with the same sink in ${ofStarts(same, same.runs)}.`;
}

interface Place {
  kind: string;
  all: ReturnType<typeof pointOf>;
  one: ReturnType<typeof pointOf>;
  same: ReturnType<typeof agreement>;
}

/** @param ahead by how much the largest logit of the authors' start is above the next */
function sentences(places: readonly Place[], runs: number, ahead: number): string[] {
  const polarizedOnce = ({ one }: Place) => one.polarized?.share === 1;
  const listed = (some: readonly Place[]) => some.map(({ kind }) => kind).join(", ");
  const each = (some: readonly Place[]) => some.map(({ kind, all }) => `${kind} ${percent(all.polarized)}`).join("; ");
  const yes = places.filter(polarizedOnce);
  const no = places.filter((place) => !polarizedOnce(place));
  // Where one run says that it happens, and the interval of many is all below nine in ten.
  const seldom = yes.filter(({ all }) => (all.polarized?.interval[1] ?? 1) < 0.9);
  // Where one run says that it does not, and the interval of many is all above 0.
  const sometimes = no.filter(({ all }) => (all.polarized?.interval[0] ?? 0) > 0.001);
  const lead = places.map(({ kind, all }) => `${kind} ${percent(all.predictors.logit)}`).join("; ");
  const apart = places.filter(({ same }) => same.share < 1);
  return [
    yes.length === 0
      ? "From the authors' start no normalizer gives one token 0.9 of the weight."
      : `From the authors' start one token comes to hold 0.9 of the weight under ${listed(yes)}${no.length > 0 ? `, and not under ${listed(no)}` : ""}.`,
    `Of ${runs.toLocaleString("en-US")} starts that share is reached in: ${each(places)}.`,
    ...seldom.map(
      ({ kind, all }) =>
        `One run of ${kind} suggests that it polarizes by then; it does in ${ofStarts(all.polarized, all.runs)}, and at the end a quarter of runs have a largest share below ${short(all.sinkShare?.q25)}, with ${short(all.effectiveTokens?.q75)} effective tokens or more.`,
    ),
    ...sometimes.map(
      ({ kind, all }) => `One run of ${kind} suggests that it does not polarize; it does in ${ofStarts(all.polarized, all.runs)}.`,
    ),
    `In the authors' start the token with the largest logit, which leads by ${short(ahead)}, became the sink under ${listed(places.filter(({ one }) => one.predictors.logit?.share === 1)) || "no normalizer"}. Of many starts it does in: ${lead}.`,
    apart.length === 0
      ? `Gradient descent at the paper's rate ended with the flow's sink in all of ${places[0]?.same.runs} starts, under every normalizer.`
      : `Gradient descent at the paper's rate did not always end with the flow's sink: it did in ${apart.map(({ kind, same }) => `${percent(same)} under ${kind}`).join(", ")} (${apart[0]?.same.runs} starts), and always under the others.`,
  ];
}

export const normalizersLogistic = experiment("logistic", 0.5, "20,000", 1e8);
export const normalizersSquare = experiment("square", 0.1, "5,000", 1e4);
