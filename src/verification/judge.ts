import { none } from "../model/columns.ts";
import { boundMultiple, type Choice, differenceIn, type Examined, type NumberFinding, type Order, partUsed } from "./findings.ts";

/** The largest part of its bound that something used, in which run. Where a side has no number there is no difference. */
export interface Worst {
  run: number;
  difference?: number;
  bound: number;
  /** The device's number, and the reference's. */
  value?: number;
  reference?: number;
  /** Of the start, the first steps and what is recorded: what differs. */
  of?: string;
}

/** The part of its bound that it used. */
export const usedOf = ({ difference = Number.POSITIVE_INFINITY, bound }: Worst): number => partUsed(difference, bound);

/** The comparisons of one ensemble, or of a sweep, as in the JSON. */
export interface Verification {
  /** Runs compared at their end. */
  runs: number;
  worstWeight?: number;
  typicalWeight?: number;
  worstEntropy?: number;
  typicalEntropy?: number;
  /** Runs whose sink is decided, and the part of them in which it is the same. */
  decided: number;
  sinkAgreement?: number;
  /** Runs whose course or sink rounding may decide. */
  undecided: number;
  /** Runs of which something is beyond the range of float32. */
  beyondRange: number;
  /** The largest bound of a weight. */
  bound?: number;
  /** Runs of which something is beyond its bound. */
  exceeded: number;
  /** By column at the end; and `start`, `firstSteps`, `recorded`. */
  worst: Record<string, Worst>;
}

interface Judged extends Worst {
  key: string;
  /** Difference over bound; beyond 1 it fails. */
  used: number;
}

/**
 * So many runs, or such a part of them, may need other steps on the way to explain them. Of a right device it was 1 in 60 at most
 * (docs/accuracy.md): more than 3 of 16 are then one case in 10⁴. A fault of the method, which is in every run, needs them in more.
 */
const mayNeedLaterSteps = { runs: 3, part: 1 / 8 };

/** Judges what was examined of an ensemble's runs; undefined where nothing can be compared. */
export function judge(all: readonly Examined[]): Verification | undefined {
  const needed = all.filter(({ before }) => before).length;
  const tooMany = needed > Math.max(mayNeedLaterSteps.runs, mayNeedLaterSteps.part * all.length);
  const examined = tooMany ? all.map((one) => one.before ?? one) : all;
  if (!examined.some(({ fate }) => fate !== "unsound")) return undefined;
  const boundOf = bounds(examined);
  const judged = [...examined.flatMap((one) => judgeRun(one, boundOf)), ...judgeMeans(examined)];
  const worst: Record<string, Worst> = {};
  const used: Record<string, number> = {};
  for (const { key, used: part, ...rest } of judged) {
    if (part <= (used[key] ?? -1)) continue;
    used[key] = part;
    worst[key] = rest;
  }
  const failed = new Set(judged.filter((j) => j.used > 1).map(({ run }) => run));
  const compared = examined.filter(({ fate }) => fate === "compared");
  const sinks = compared.flatMap((one) => one.choices.filter(({ at, name }) => at === "end" && name === "sink").map((c) => ({ c, one })));
  const decided = sinks.filter(({ c, one }) => isDecided(c, one, boundOf));
  const numbers = (name: string) => compared.flatMap(({ numbers }) => numbers.filter((f) => f.at === "end" && f.name === name));
  const weights = numbers("weights");
  return {
    runs: compared.length,
    ...differences("Weight", weights),
    ...differences("Entropy", numbers("entropy")),
    decided: decided.length,
    ...(decided.length > 0 && { sinkAgreement: decided.filter(({ c }) => c.got === c.exact).length / decided.length }),
    undecided: examined.filter(({ fate }) => fate === "undecided").length + sinks.length - decided.length,
    beyondRange: examined.filter(({ beyondRange }) => beyondRange).length,
    ...(weights.length > 0 && { bound: Math.max(...weights.map(boundOf)) }),
    exceeded: failed.size,
    worst,
  };
}

/** Of the finite differences of a number, the largest and the median. */
function differences<Name extends string>(name: Name, findings: readonly NumberFinding[]) {
  const sorted = findings
    .map(differenceIn)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (sorted.length === 0) return {};
  return { [`worst${name}`]: sorted.at(-1), [`typical${name}`]: median(sorted) } as { [K in `worst${Name}` | `typical${Name}`]: number };
}

const median = (sorted: readonly number[]) => sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;

type BoundOf = (finding: NumberFinding) => number;

/**
 * The bound of a number: a multiple of its movement in the run, or if that is more, of the sampled runs' median movement relative to
 * its size, since disturbances cancel by chance; and its floor.
 */
function bounds(examined: readonly Examined[]): BoundOf {
  const movements = new Map<string, number[]>();
  const keyOf = ({ at, name }: NumberFinding) => `${at} ${name}`;
  for (const { numbers } of examined)
    for (const finding of numbers) {
      if (!(finding.size > 0)) continue;
      const key = keyOf(finding);
      movements.set(key, [...(movements.get(key) ?? []), finding.movement / finding.size]);
    }
  const typical = new Map([...movements].map(([key, all]) => [key, median(all.sort((a, b) => a - b))]));
  return (finding) => {
    const { at, name, movement, size, floor } = finding;
    // What is recorded moves over time by no less than at the end, by the median.
    const keys = [keyOf(finding), ...(at === "recorded" ? [`end ${name}`] : [])];
    return boundMultiple * Math.max(movement, ...keys.map((key) => (typical.get(key) ?? 0) * size)) + floor;
  };
}

function isDecided({ gap, against }: Order, { numbers }: Examined, boundOf: BoundOf): boolean {
  if (typeof against === "number") return gap > 2 * against;
  const finding = numbers.find(({ at, name }) => at === against.at && name === against.name);
  return finding !== undefined && gap > 2 * boundOf(finding);
}

const sections = { drawn: "start", start: "start", early: "firstSteps", retraced: "firstSteps", recorded: "recorded" } as const;

/** The numbers and choices of a run that are decided. */
function decidedOf(one: Examined, boundOf: BoundOf): Pick<Examined, "numbers" | "choices"> {
  const sinkDecided = (at: string) => one.choices.some((c) => c.at === at && c.name === "sink" && isDecided(c, one, boundOf));
  const numbers = one.numbers.filter(
    ({ at, mean, ofSink, order }) => !mean && (!ofSink || sinkDecided(at)) && (!order || isDecided(order, one, boundOf)),
  );
  return { numbers, choices: one.choices.filter((c) => isDecided(c, one, boundOf) && (!c.ofSink || sinkDecided(c.at))) };
}

const usedByNumber = (finding: NumberFinding, boundOf: BoundOf) => partUsed(differenceIn(finding), boundOf(finding));
const usedByChoice = ({ got, exact }: Choice) => partUsed(got === exact ? 0 : 1, 0);

function judgeRun(one: Examined, boundOf: BoundOf): Judged[] {
  const keyOf = ({ at, name }: Pick<NumberFinding, "at" | "name">) =>
    at === "end" ? { key: name } : { key: sections[at], of: at === "drawn" ? `${name} as drawn` : name };
  const { numbers, choices } = decidedOf(one, boundOf);
  return [
    ...numbers.map((finding) => {
      const compared = comparison(finding, differenceIn(finding), boundOf(finding));
      return { run: one.run, ...keyOf(finding), ...compared, used: usedByNumber(finding, boundOf) };
    }),
    ...choices.map((choice) => {
      const compared = comparison(choice, choice.got === choice.exact ? 0 : 1, 0);
      return { run: one.run, ...keyOf(choice), ...compared, used: usedByChoice(choice) };
    }),
  ];
}

/** Whether nothing of a run is beyond its bound, as the run alone gives it. */
export function isWithin(one: Examined): boolean {
  const boundOf: BoundOf = ({ movement, floor }) => boundMultiple * movement + floor;
  const { numbers, choices } = decidedOf(one, boundOf);
  return (
    numbers.every((finding) => usedByNumber(finding, boundOf) <= 1) &&
    choices.every((choice) => usedByChoice(choice) <= 1) &&
    judgeMeans([one]).every(({ used }) => used <= 1)
  );
}

/** The numbers of the JSON, without those that don't exist. */
function comparison({ got, exact }: { got: number; exact: number }, difference: number, bound: number) {
  const isNumber = (x: number) => Number.isFinite(x) && x !== none;
  return {
    ...(Number.isFinite(difference) && { difference }),
    bound,
    ...(isNumber(got) && { value: got }),
    ...(isNumber(exact) && { reference: exact }),
  };
}

/**
 * Means over the runs. Where steps adapt they may differ by as much as other steps move them, by a step, and by a quarter of the steps taken:
 * rounding in an error estimate near its bound rejects a trial. At fixed steps they are equal.
 */
function judgeMeans(examined: readonly Examined[]): Judged[] {
  const all = examined.flatMap(({ run, numbers }) => numbers.filter(({ mean }) => mean).map((finding) => ({ ...finding, run })));
  return [...new Set(all.map(({ name }) => name))].map((name) => {
    const findings = all.filter((f) => f.name === name);
    const mean = (of: (f: NumberFinding) => number) => findings.reduce((sum, f) => sum + of(f), 0) / findings.length;
    const [got, exact, movement] = [mean((f) => f.got), mean((f) => f.exact), mean((f) => f.movement)];
    const taken = mean((f) => f.steps ?? 0);
    const bound = taken > 0 ? boundMultiple * movement + 1 + taken / 4 : 0;
    const difference = Math.abs(got - exact);
    const used = partUsed(difference, bound);
    return { run: findings[0]?.run as number, key: name, difference, bound, value: got, reference: exact, used };
  });
}

/** The verification of a sweep, from those of its points. */
export function combine(verifications: readonly Verification[]): Verification | undefined {
  const [first, ...others] = verifications;
  return first && others.reduce(combinePair, first);
}

function combinePair(a: Verification, b: Verification): Verification {
  const most = (key: "worstWeight" | "worstEntropy" | "bound" | "typicalWeight" | "typicalEntropy") => {
    const values = [a[key], b[key]].filter((x) => x !== undefined);
    return values.length > 0 && { [key]: Math.max(...values) };
  };
  const keys = [...new Set([...Object.keys(a.worst), ...Object.keys(b.worst)])];
  const worst = keys.map((key): [string, Worst] => {
    const [x, y] = [a.worst[key], b.worst[key]];
    return [key, !y || (x && usedOf(x) >= usedOf(y)) ? (x as Worst) : y];
  });
  const decided = a.decided + b.decided;
  const agreeing = [a, b].reduce((sum, v) => sum + v.decided * (v.sinkAgreement ?? 0), 0);
  return {
    runs: a.runs + b.runs,
    ...most("worstWeight"),
    ...most("typicalWeight"),
    ...most("worstEntropy"),
    ...most("typicalEntropy"),
    decided,
    ...(decided > 0 && { sinkAgreement: agreeing / decided }),
    undecided: a.undecided + b.undecided,
    beyondRange: a.beyondRange + b.beyondRange,
    ...most("bound"),
    exceeded: a.exceeded + b.exceeded,
    worst: Object.fromEntries(worst),
  };
}
