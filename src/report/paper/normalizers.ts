import type { Ensemble } from "../../model/ensemble.ts";
import { percent, powerOfTen, short } from "../format.ts";
import type { Figure, PlotModule } from "../plot.ts";
import { colorsOf, muted } from "../theme.ts";
import { type PanelRow, timeFigure } from "../timeFigure.ts";
import { runBand, tokenLines } from "./lines.ts";
import { agreementRow, differenceRow, endRows, predictorRow, resultRow } from "./numbers.ts";
import { bandNote, ofStarts, starts, thresholdOf } from "./phrases.ts";
import { type Place, placeFigure } from "./placeFigure.ts";
import { type Authors, agreement, authorsOf, type Compared, type PointResult, pointOf, sinkOf } from "./results.ts";
import type { Experiment, NumberRow } from "./types.ts";

const kinds = ["softmax", "sigmoid", "l1", "sum", "l2", "relu"] as const;
type Kind = (typeof kinds)[number];
/** Normalizers whose flow is also followed for longer. */
const lasting = ["softmax", "l1", "l2", "relu"] as const satisfies readonly Kind[];
const colors = colorsOf(kinds.map((kind) => ({ label: kind, normalizer: kind })));
const isOf =
  (kind: Kind) =>
  ({ normalizer }: Ensemble) =>
    normalizer.kind === kind;

/**
 * Six normalizers under a loss: from the authors' start, and from many.
 * @param step the authors' learning rate, and `steps` their number of steps
 * @param late the time to which the `lasting` normalizers are followed
 */
function experiment(
  loss: "logistic" | "square",
  step: number,
  steps: string,
  late: number,
): Experiment<"start" | "many" | "descent" | "late"> {
  const name = `normalizers-${loss}`;
  return {
    name,
    title: `Six normalizers, ${loss} loss`,
    about: `n = d = 10, values of scale 0.1, logits 1 + 0.1·N(0, 1), learning rate ${step} for ${steps} steps. Shares are of |p|/Σ|p|.`,
    sources: {
      start: { file: `${name}-start.yaml` },
      many: { file: `${name}.yaml` },
      descent: { file: `${name}.yaml`, set: [`integrator={kind: euler, step: ${step}}`, "runs=64", "record.trajectories=0"] },
      late: {
        file: `${name}.yaml`,
        set: [`grid.normalizer=[${lasting.join(", ")}]`, `until.time=${late}`, "runs=256", "record.trajectories=0"],
      },
    },
    section(Plot, { start, many, descent, late: later }) {
      const all = kinds.map((name) => {
        const point = pointOf(many, isOf(name));
        const same = agreement(point.sinks, pointOf(descent, isOf(name)).sinks);
        return { name, color: colors.get(name) ?? muted, authors: authorsOf(start, isOf(name)), many: point, same };
      }) as [KindResult, ...KindResult[]];
      const followed = { time: powerOfTen(late), all: lasting.map((name) => ({ name, many: pointOf(later, isOf(name)) })) };
      return {
        figures: [inTime(Plot, name, all), placeFigure(Plot, `${name}-places`, "largest share", all)],
        sentences: sentences(all, followed),
        numbers: numbers(all, followed),
      };
    },
  };
}

/** Results of a normalizer. */
interface KindResult extends Place, Compared {
  name: Kind;
  many: PointResult;
}
type All = readonly [KindResult, ...KindResult[]];

/** Results where the flow is followed for longer, to `time`. */
interface Followed {
  time: string;
  all: readonly Pick<KindResult, "name" | "many">[];
}

function inTime(Plot: PlotModule, name: string, all: All): Figure {
  const tokens = (of: "weights" | "logits", method: keyof Authors) =>
    all.flatMap(({ name, color, authors }) =>
      tokenLines({ panel: name, color, sink: sinkOf(authors.flow.run) }, authors[method].run, (run) => run[of]),
    );
  const wide = beyond(all);
  const shares = all.flatMap(({ name, color, many }) =>
    runBand({ panel: name, series: name, color }, many, (run, j) => largestShare(run.weights[j] as number[])),
  );
  return timeFigure(
    Plot,
    {
      name,
      title: "Weights and logits by normalizer",
      caption: `Above, the authors' start: each line a token under the flow, the winner in color; dots, gradient descent at their learning rate. ${wide.note}Below, many starts: the largest share; ${bandNote(all[0].many)}`,
    },
    kinds,
    [
      { label: "weight", lines: tokens("weights", "flow"), dots: tokens("weights", "descent"), ...wide.axis },
      { label: "logit", lines: tokens("logits", "flow"), dots: tokens("logits", "descent") },
      { label: "largest share, many starts", bands: shares, domain: [0, 1] },
    ],
  );
}

/** Weights that leave [0, 1] by more than a tenth would flatten the other curves: the axis ends there, and the caption tells their range. */
function beyond(all: All): { axis: Pick<PanelRow, "domain">; note: string } {
  const notes = all.flatMap(({ name, authors }) => {
    const weights = authors.flow.run.weights.flat();
    const [low, high] = [Math.min(...weights), Math.max(...weights)];
    return low < -0.1 || high > 1.1 ? [`The weights of ${name} leave the axis, to ${short(low)} and ${short(high)}. `] : [];
  });
  return { axis: notes.length > 0 ? { domain: [-0.1, 1.1] } : {}, note: notes.join("") };
}

/** The largest of the shares |p|/Σ|p| of weights p. */
function largestShare(weights: readonly number[]): number {
  const magnitudes = weights.map(Math.abs);
  return Math.max(...magnitudes) / magnitudes.reduce((sum, p) => sum + p, 0);
}

const sentences = (all: All, followed: Followed): string[] => [
  ...polarizationSentences(all),
  leadSentence(all),
  descentSentence(all),
  followedSentence(followed),
  kinSentence(all),
];

/** Under which normalizers the authors' start polarizes, how many starts do, and where the one run is not like most starts. */
function polarizationSentences(all: All): string[] {
  const first = all[0].many;
  const threshold = thresholdOf(first);
  const isYes = ({ authors }: KindResult) => authors.flow.report.polarized?.share === 1;
  const [yes, no] = [all.filter(isYes), all.filter((result) => !isYes(result))];
  const listed = (some: readonly KindResult[]) => some.map(({ name }) => name).join(", ");
  const reached = all.map(({ name, many }) => `${name} ${percent(many.polarized)}`).join("; ");
  // One run polarizes, and clearly less than nine in ten starts do.
  const seldom = yes.filter(({ many }) => (many.polarized?.interval[1] ?? 1) < 0.9);
  // One run does not polarize, and clearly some starts do.
  const sometimes = no.filter(({ many }) => (many.polarized?.interval[0] ?? 0) > 0.001);
  return [
    yes.length === 0
      ? `From the authors' start no normalizer gives one token ${threshold} of the weight.`
      : `From the authors' start one token comes to hold ${threshold} of the weight under ${listed(yes)}${no.length > 0 ? `, and not under ${listed(no)}` : ""}.`,
    `Of ${starts(first)} that share is reached in: ${reached}.`,
    ...seldom.map(
      ({ name, many }) =>
        `One run of ${name} suggests that it polarizes by then; it does in ${ofStarts(many.polarized, many.runs)}, and at the end a quarter of runs have a largest share below ${short(many.sinkShare?.q25)}, with ${short(many.effectiveTokens?.q75)} effective tokens or more.`,
    ),
    ...sometimes.map(
      ({ name, many }) => `One run of ${name} suggests that it does not polarize; it does in ${ofStarts(many.polarized, many.runs)}.`,
    ),
  ];
}

/** Whether the largest logit at the start wins, and by how much it leads the next in the authors' start. */
function leadSentence(all: All): string {
  const { logits } = all[0].authors.flow.report.ensemble;
  const [first = 0, second = 0] = logits.kind === "given" ? [...logits.vector].sort((a, b) => b - a) : [];
  const led = all.filter(({ authors }) => authors.flow.report.predictors.logit?.share === 1).map(({ name }) => name);
  const each = all.map(({ name, many }) => `${name} ${percent(many.predictors.logit)}`).join("; ");
  return `In the authors' start the token with the largest logit, which leads by ${short(first - second)}, won under ${led.join(", ") || "no normalizer"}. Of many starts it does in: ${each}.`;
}

function descentSentence(all: All): string {
  const apart = all.filter(({ same }) => same.share < 1);
  return apart.length === 0
    ? `Gradient descent at the paper's rate ended with the flow's winner in all of ${all[0].same.runs} starts, under every normalizer.`
    : `Gradient descent at the paper's rate did not always end with the flow's winner: it did in ${apart.map(({ name, same }) => `${percent(same)} under ${name}`).join(", ")} (${apart[0]?.same.runs} starts), and always under the others.`;
}

/** How many starts polarize where the flow is followed for longer. */
function followedSentence({ time, all }: Followed): string {
  const each = all.map(({ name, many }) => `${name} ${percent(many.polarized)}`).join("; ");
  return `Followed to t = ${time}, it is reached in: ${each} (${all[0]?.many.runs} starts).`;
}

/** l1 and relu are one flow as long as no logit passes 0, beyond which relu leaves a token out and l1 holds it at 0. */
function kinSentence(all: All): string {
  const sinksOf = (kind: Kind) => all.find(({ name }) => name === kind)?.many.sinks ?? [];
  const same = agreement(sinksOf("l1"), sinksOf("relu"));
  return `l1 and relu, one flow as long as no logit passes 0, ended with the same winner in ${ofStarts(same, same.runs)}.`;
}

const numbers = (all: All, followed: Followed): NumberRow[] => [
  ...followed.all.map(({ name, many }) =>
    resultRow(`${name}: reached share ${thresholdOf(many)} by t = ${followed.time}`, ({ polarized }) => polarized, many),
  ),
  ...all.flatMap(({ name, authors, many, same }) => [
    ...endRows(`${name}: `, authors, many),
    resultRow(`${name}: effective tokens e^H at the end`, (point) => point.effectiveTokens, many, {
      flow: authors.flow.report,
      descent: authors.descent.report,
    }),
    predictorRow(`${name}: `, "logit", authors.flow.report, many),
    differenceRow(`${name}: `, authors),
    agreementRow(`${name}: `, same),
  ]),
];

export const normalizersLogistic = experiment("logistic", 0.5, "20,000", 1e8);
export const normalizersSquare = experiment("square", 0.1, "5,000", 1e4);
