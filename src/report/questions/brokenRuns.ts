import { columns as allOf, none } from "../../model/columns.ts";
import { type Disturbance, type Disturbed, disturbances, disturbed } from "../../model/fragility.ts";
import { holm } from "../../statistics/holm.ts";
import { pairedNumbers } from "../../statistics/pairedNumbers.ts";
import { pairedShares } from "../../statistics/pairedShares.ts";
import { type Proportion, proportion } from "../../statistics/proportion.ts";
import { quantileWithInterval } from "../../statistics/quantileInterval.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { powerOfTen, short } from "../format.ts";
import type { SourceResult } from "../study.ts";
import { isPlain, normalizerName } from "./kinds.ts";
import type { Estimate } from "./words.ts";

/** A disturbance at a token: the name of its column; with `Flips`, whether it flips the answer. */
export type Disturbing = `${Disturbance}${"Sink" | "Other"}`;
const suffix = { sink: "Sink", other: "Other" } as const satisfies Record<Disturbed, string>;
const named = disturbances.flatMap((disturbance) => disturbed.map((whom): Disturbing => `${disturbance}${suffix[whom]}`));
const flipNames = named.map((name) => `${name}Flips` as const);
export const brokenColumns = ["sink", "sinkShare", "loss", "polarizationTime", ...named, ...flipNames, "dominates"] as const;

/** The losses at which runs are compared. */
const levels = [1e-2, 1e-4];
/** How far from it, by a factor, the loss of a run may be that is compared there. */
export const near = 2;

/** Runs under a normalizer that were disturbed at some ends of theirs. */
export interface Broken {
  name: string;
  kind: string;
  /** Which ends. */
  when: string;
  /** Runs that have such an end, and a winner there. */
  runs: number;
  loss: Estimate | undefined;
  polarized: Proportion | undefined;
  /** Medians over runs with their exact intervals. */
  change: Partial<Record<Disturbing, Estimate>>;
  flips: Partial<Record<Disturbing, Proportion>>;
  dominance: Proportion | undefined;
  /** What removing the winner does, less what it does under softmax, in the same runs: the median difference, and that of shares of flips. */
  beside: { change: Estimate; pValue: number; superiority: number; flips: Estimate | undefined } | undefined;
}

export interface BrokenRuns {
  /** At the last time, then at each level of the loss. */
  groups: readonly { when: string; kinds: readonly Broken[] }[];
  /** Medians over the runs that are followed to each time, by normalizer. */
  inTime: readonly { name: string; kind: string; time: number; loss: number; change: number }[];
  /** Under softmax at the last time. */
  softmax: PointReport;
  unlike: readonly string[];
}

type Columns = SourceResult["runs"][number]["columns"];
/** One end of the runs of a normalizer. */
interface End {
  point: PointReport;
  columns: Columns;
}

const timeOf = ({ point: { ensemble } }: End): number => ("time" in ensemble.until ? ensemble.until.time : Number.NaN);
const timeText = (time: number) => powerOfTen(time) || short(time);

/** Of each run a number at the end that is chosen for it; NaN where none is, or it has none. */
function at(ends: readonly End[], chosen: readonly (number | undefined)[], name: (typeof brokenColumns)[number]): Float64Array {
  const isWhole = allOf[name].type !== "real";
  return Float64Array.from(chosen, (end, run) => {
    const x = end === undefined ? undefined : ends[end]?.columns[name]?.[run];
    return x === undefined || (isWhole && x === none) ? Number.NaN : x;
  });
}
const answers = (flags: Float64Array): (boolean | undefined)[] => Array.from(flags, (x) => (Number.isNaN(x) ? undefined : x === 1));
const shareOf = (given: readonly (boolean | undefined)[]): Proportion | undefined =>
  proportion(given.filter(Boolean).length, given.filter((answer) => answer !== undefined).length);
const median = (numbers: ArrayLike<number>): Estimate | undefined => {
  const found = quantileWithInterval(numbers);
  return found && { value: found.value, interval: found.interval };
};

/** What is known of each disturbance. */
const ofEach = <T>(of: (name: Disturbing) => T | undefined): Partial<Record<Disturbing, T>> =>
  Object.fromEntries(
    named.flatMap((name) => {
      const found = of(name);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );

/** The end of each run whose loss is nearest to a level; undefined where that is not near. */
export function nearest(losses: readonly ArrayLike<number>[], level: number): (number | undefined)[] {
  return Array.from({ length: losses[0]?.length ?? 0 }, (_, run) => {
    const off = losses.map((loss) => Math.abs(Math.log((loss[run] as number) / level)));
    const least = Math.min(...off.filter((x) => !Number.isNaN(x)));
    return least <= Math.log(near) ? off.indexOf(least) : undefined;
  });
}

export function broken({ report, runs }: SourceResult): BrokenRuns {
  const byName = new Map<string, End[]>();
  for (const [i, point] of report.points.entries()) {
    const name = normalizerName(point.ensemble.normalizer);
    byName.set(name, [...(byName.get(name) ?? []), { point, columns: runs[i]?.columns ?? {} }]);
  }
  const all = [...byName].map(([name, ends]) => ({ name, ends: ends.toSorted((a, b) => timeOf(a) - timeOf(b)) }));
  const last = all[0]?.ends.at(-1) as End;
  const lossesOf = (ends: readonly End[]) => ends.map((end) => end.columns.loss ?? []);
  const groups = [
    { when: `t = ${timeText(timeOf(last))}`, choose: (ends: readonly End[]) => new Array<number>(last.point.runs).fill(ends.length - 1) },
    ...levels.map((level) => ({
      when: `loss ${timeText(level)}`,
      choose: (ends: readonly End[]) => nearest(lossesOf(ends), level),
    })),
  ].map(({ when, choose }) => ({ when, kinds: groupOf(all, when, choose) }));
  const tested = groups.flatMap(({ kinds }) => kinds.flatMap(({ beside }) => beside ?? []));
  for (const [i, pValue] of holm(tested.map(({ pValue }) => pValue)).entries()) (tested[i] as { pValue: number }).pValue = pValue;
  const inTime = all.flatMap(({ name, ends }) =>
    ends.flatMap((end) => {
      const [loss, change] = [median(end.columns.loss ?? []), median(end.columns.removalSink ?? [])];
      const { kind } = end.point.ensemble.normalizer;
      return loss && change ? [{ name, kind, time: timeOf(end), loss: loss.value, change: change.value }] : [];
    }),
  );
  const unlike = all.flatMap(({ name, ends }) => (ends.every(({ point }) => !point.fragility?.removal?.sink) ? [name] : []));
  return { groups, inTime, softmax: last.point, unlike };
}

function groupOf(
  all: readonly { name: string; ends: readonly End[] }[],
  when: string,
  choose: (ends: readonly End[]) => (number | undefined)[],
): Broken[] {
  const chosen = all.map(({ name, ends }) => {
    const choice = choose(ends);
    const numbers = Object.fromEntries(brokenColumns.map((column) => [column, at(ends, choice, column)])) as Record<
      (typeof brokenColumns)[number],
      Float64Array
    >;
    const { normalizer } = (ends[0] as End).point.ensemble;
    return { name, normalizer, numbers };
  });
  const base = chosen.find(({ normalizer }) => isPlain(normalizer)) ?? chosen[0];
  return chosen.flatMap((kind) => {
    const { name, normalizer, numbers } = kind;
    const paired = kind === base ? undefined : pairedNumbers(numbers.removalSink, base?.numbers.removalSink ?? []);
    const flipped =
      kind === base
        ? undefined
        : pairedShares(answers(numbers.removalSinkFlips), answers(base?.numbers.removalSinkFlips ?? new Float64Array()));
    const runs = numbers.removalSink.filter((x) => !Number.isNaN(x)).length;
    if (runs === 0) return [];
    const isThere = (run: number) => !Number.isNaN(numbers.sinkShare[run]);
    return [
      {
        name,
        kind: normalizer.kind,
        when,
        runs,
        loss: median(numbers.loss),
        polarized: shareOf(Array.from(numbers.polarizationTime, (time, run) => (isThere(run) ? !Number.isNaN(time) : undefined))),
        change: ofEach((column) => median(numbers[column])),
        flips: ofEach((column) => shareOf(answers(numbers[`${column}Flips`]))),
        dominance: shareOf(answers(numbers.dominates)),
        beside: paired && {
          change: { value: paired.median.value, interval: paired.median.interval },
          pValue: paired.pValue,
          superiority: paired.superiority,
          flips: flipped && { value: flipped.difference, interval: flipped.interval },
        },
      },
    ];
  });
}
