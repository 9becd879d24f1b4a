import { type Column, columnRow, columnsOf, type Event, type VectorName, vectorNames } from "../model/columns.ts";
import { type Ensemble, tippingShare } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import { log } from "../model/mathematics.ts";
import { normalizerRow } from "../model/normalizers.ts";
import type { Row } from "../model/rows.ts";
import type { Observation, Sample } from "../model/samples.ts";
import { isSound } from "../model/status.ts";
import { type Evaluation, Field } from "../reference/field.ts";
import { largestAt, largestOf } from "../reference/observables.ts";
import { bytesOfRun } from "../reference/run.ts";
import { observe } from "../reference/simulate.ts";
import type { State } from "../reference/state.ts";
import { orders } from "./choices.ts";
import { drawnFindings } from "./drawn.ts";
import {
  boundMultiple,
  type Examined,
  largestDifference,
  leastNorm,
  type Moment,
  movedBy,
  type NumberFinding,
  numberFinding,
  type Order,
  type Spread,
  vectorFinding,
} from "./findings.ts";
import { isWithin } from "./judge.ts";
import { errorAcrossJump, hasStopped } from "./jumps.ts";
import { pairFinding } from "./pairs.ts";
import { ulp } from "./random.ts";
import { isBeyondRange, leavesRange } from "./range.ts";
import { recordedFindings } from "./recorded.ts";
import { type Course, courseOf, type Effort, efforts, type Replay, type Replays, replaysOf, retracedCourse, startOf } from "./replays.ts";
import { amplitudeOf, byRounding, byTolerance, toleranceMultiple } from "./shaking.ts";

/**
 * A run in which one ulp a step moves a weight by more than this, relative to the largest weight, is ill-conditioned: amplified to more than
 * eight times a random walk of so many steps, as where `sum` passes near its pole. The movement is then no longer linear in the
 * disturbance, and three disturbances do not bound a fourth. Rounding decides such a run.
 */
const maxMovement = (steps: number): number => 8 * Math.sqrt(Math.max(1000, steps)) * ulp;
/**
 * A run in which other adaptive steps move a weight by more than this many rtol, relative to the largest weight, is decided by the
 * tolerances. Where the flow stops at a jump of the gradient, the tolerances allow the last step `errorAcrossJump` times as much.
 */
const maxMovementByTolerance = 30;
/** An event is located to this part of the largest weight (shaders/observables/events.wgsl), with weights that are good to some ulp. */
const eventWithin = 1e-6 + 16 * ulp;

/** What is found inside a step may be off by this many rtol where a weight became 0 or came back before: dense output was off by up to 36 (docs/accuracy.md). */
const acrossJumps = 40;

/**
 * Where a lead or share would grow by more than all of it between two probes, its line is bent, and false position (same file) is cut off after 14 rounds. The
 * first 2 evaluate the probes; bisection by the other 12 would leave this part of the interval.
 */
const locatedTo = 2 ** -12;

/** What a reference says at a moment; only one that has been followed there knows of times and steps. */
interface Known {
  row: Partial<Row>;
  vectors: Record<VectorName, Float64Array>;
  gaps: Replay["gaps"];
}

/** Bytes that the examination of a run takes, roughly: a run of the reference, the ends of its replays, and the shaken states. */
export const bytesOfExamination = (ensemble: Ensemble): number =>
  bytesOfRun(ensemble) + 8 * ensemble.tokens * (1 + ensemble.dim) * ((isAdaptive(ensemble.integrator) ? 10 : 4) + 16);

/**
 * Compares a sampled run of a device with the float64 reference: as it was drawn, at its start, after its first steps and at its end. The reference is
 * followed again a few times; where these don't explain what differs after the start, more often.
 */
export function examine(ensemble: Ensemble, sample: Sample): Examined {
  const drawn = examineStart(ensemble, sample);
  if (drawn.fate === "beyondRange") return drawn;
  const state = startOf(ensemble, sample);
  if (areAllowed(ensemble, state, sample.run)) return { ...drawn, fate: "undecided" };
  const early = sample.early.row.status === 0;
  const most = efforts.at(-1) as Effort; // of a few steps
  if (early) follow(ensemble, sample, "retraced", state, drawn, most, retracedCourse(ensemble, sample));
  const startIsWithin = isWithin(drawn);
  let examined = drawn;
  let before: Examined | undefined;
  for (const effort of efforts) {
    if (effort.laterSteps > 0) before ??= examined;
    examined = { ...drawn, numbers: [...drawn.numbers], choices: [...drawn.choices], ...(before && { before }) };
    if (early) follow(ensemble, sample, "early", state, examined, effort, courseOf(ensemble, sample.early));
    follow(ensemble, sample, "end", state, examined, effort, courseOf(ensemble, sample.end));
    // No other replay explains a fault at the start, or where the steps are the same.
    if (!startIsWithin || isWithin(examined)) break;
  }
  return examined;
}

/** By how much some of these move a weight. */
const weightsMoved = (weights: Float64Array, by: readonly Pick<Replay, "vectors">[]): number =>
  movedBy(by, ({ vectors }) => largestDifference(weights, vectors.weights));

/**
 * Whether a normalizer divides by logits so small that the tolerances of adaptive steps decide the weights before the first step: they allow one to move by
 * more than an eighth of the largest.
 */
function areAllowed(ensemble: Ensemble, state: State, run: number): boolean {
  if (!normalizerRow(ensemble.normalizer).denominator) return false;
  const { weights } = new Field(ensemble, state).at(state);
  const allowed = byTolerance(ensemble, state, run, (here) => here.weights, 1 / 3);
  return movedBy(allowed, (other) => largestDifference(weights, other)) > largestOf(weights) / 8;
}

/** Compares a sampled run as it was drawn, and at its start. */
function examineStart(ensemble: Ensemble, sample: Sample): Examined {
  const examined: Examined = {
    run: sample.run,
    fate: "compared",
    beyondRange: false,
    numbers: drawnFindings(ensemble, sample),
    choices: [],
  };
  const state = startOf(ensemble, sample);
  const here = new Field(ensemble, state).at(state);
  const exact = observe(here);
  if (leavesRange(here)) return { ...examined, fate: "beyondRange", beyondRange: true };
  // Nothing has moved yet: only rounding in the evaluation of the state counts.
  compare(
    ensemble,
    examined,
    "start",
    sample.start,
    { exact, replays: [], rounded: byRounding(ensemble, state, sample.run, (at) => observe(at)), within: [] },
    state,
  );
  return examined;
}

/** Follows the reference to an observation on the way or at the end, and compares. */
function follow(
  ensemble: Ensemble,
  sample: Sample,
  at: "early" | "retraced" | "end",
  start: State,
  examined: Examined,
  effort: Effort,
  course: Course | undefined,
): void {
  const observed = sample[at === "end" ? at : "early"];
  if (course === undefined) return;
  const overTime = sample.tallied !== undefined;
  const record = at === "end" ? { trajectory: sample.trajectory !== undefined || overTime, overTime } : {};
  const replays = replaysOf(ensemble, sample, { ...course, ...record }, effort);
  const { exact, disturbed, finer, otherSteps } = replays;
  const fate = fateOf(ensemble, observed, replays);
  if (at === "end") examined.fate = fate;
  examined.beyondRange ||= fate === "beyondRange";
  if (fate === "beyondRange" || fate === "undecided") return;
  const [got, expected] = [Number(isSound(observed.row.status)), Number(isSound(exact.row.status))];
  examined.choices.push({ at, name: "status", got, exact: expected, gap: 1, against: 0, ofSink: false });
  if (got === 0 || expected === 0) return;
  const others = [...disturbed, ...finer, ...otherSteps];
  const see = (here: Evaluation) => observe(here, exact.start);
  const rounded = byRounding(ensemble, exact.state, sample.run, see);
  const { integrator } = ensemble;
  // The logarithm of flow time may be off by as much as flow time is, relatively.
  const logTime = exact.row.logTime + (isAdaptive(integrator) ? 4 * integrator.rtol : 0);
  const allowed = course.lengths ? [] : byTolerance(ensemble, exact.state, sample.run, see);
  const within = allowed.map((seen) => ({ ...seen, row: { ...seen.row, logTime } }));
  compare(ensemble, examined, at, observed, { exact, replays: others, rounded, within }, start);
  const sameTolerances = [...disturbed, ...otherSteps];
  for (const name of columnsOf(ensemble)) {
    const { verified } = columnRow(name);
    if (verified === "event") examined.numbers.push(...eventFinding(ensemble, at, name as Event, observed, exact, others, start));
    if (verified === "mean" && at === "end")
      examined.numbers.push(meanFinding(name as "steps", observed, exact, sameTolerances, isAdaptive(ensemble.integrator)));
  }
  if (at === "end") examined.choices.push(...pairFinding(ensemble, sample, replays, effort));
  if (at === "end") examined.numbers.push(...recordedFindings(ensemble, sample, replays));
}

/** Whether a run can be compared at an observation. */
function fateOf(ensemble: Ensemble, observed: Observation, replays: Replays): Examined["fate"] {
  const { exact, disturbed, shaken, finer, otherSteps } = replays;
  const ends = [exact, ...disturbed, ...finer, ...otherSteps];
  const sound = ends.filter(({ row }) => isSound(row.status)).length;
  if (sound === 0 && !isSound(observed.row.status)) return "unsound";
  if (replays.beyondRange) return "beyondRange";
  if (replays.crossedKink || replays.lostSign) return "undecided";
  if (sound > 0 && sound < ends.length) return "undecided";
  if (sound === 0) return "compared"; // a fault: the device's is sound
  const { weights } = exact.vectors;
  const size = Math.max(1, largestOf(weights));
  const [byRounding, byTolerance] = [weightsMoved(weights, [...disturbed, ...shaken]), weightsMoved(weights, [...finer, ...otherSteps])];
  const { integrator } = ensemble;
  if (byRounding > maxMovement(exact.row.steps) * size + 4 * byTolerance) return "undecided";
  if (!isAdaptive(integrator)) return "compared";
  const most = maxMovementByTolerance * (ends.some(hasStopped) ? errorAcrossJump(integrator) : 1) * integrator.rtol;
  return byTolerance > most * size ? "undecided" : "compared";
}

/** Compares the numbers, vectors and choices that follow from a state. */
function compare(ensemble: Ensemble, examined: Examined, at: Moment, observed: Observation, known: Spread<Known>, start: State): void {
  const { exact } = known;
  const each = <T>(take: (of: Known) => T): Spread<T> => ({
    exact: take(exact),
    replays: known.replays.map(take),
    rounded: known.rounded.map(take),
    within: known.within.map(take),
  });
  const now = (row: { start?: true }) => at === "start" || !row.start;
  for (const name of columnsOf(ensemble)) {
    const { verified, ofSink = false, ...column } = columnRow(name);
    const value = exact.row[name];
    if (value === undefined || !now(column)) continue;
    const order =
      name in exact.gaps
        ? flipOrder(
            at,
            name,
            each(({ gaps }) => gaps[name] ?? Number.NaN),
          )
        : orders[name]?.(at, { ...exact, start });
    if (verified === "ratio" && [1, 1 / value].some((part) => isBeyondRange((exact.row.sinkNorm as number) * part, true))) continue;
    if (verified === "number" || verified === "norm" || verified === "ratio" || verified === "exponential") {
      const isNorm = verified === "norm";
      examined.beyondRange ||= isBeyondRange(value, isNorm);
      const of = each(({ row }) => row[name] ?? value);
      // An exponential is off, relatively, by as much as its logarithm is, and by its own evaluation.
      const evaluations = verified === "exponential" ? 1 + log(value) : 1;
      const finding = numberFinding(at, name, observed.row[name] as number, of, { isNorm, evaluations });
      // Either norm of a ratio loses the squares that are below float32's range.
      const lost = verified === "ratio" && finding ? (value * leastNorm * (1 + value)) / (exact.row.sinkNorm as number) : 0;
      if (finding) examined.numbers.push({ ...finding, floor: finding.floor + lost, ...(ofSink && { ofSink }), ...(order && { order }) });
    }
    if (verified === "choice" && order)
      examined.choices.push({ at, name, got: observed.row[name] as number, exact: value, ofSink, ...order });
  }
  for (const name of vectorNames) {
    if (name.startsWith("initial") && at !== "start") continue;
    const finding = vectorFinding(
      at,
      name,
      observed.vectors[name],
      each(({ vectors }) => vectors[name]),
    );
    if (finding) examined.numbers.push(finding);
  }
}

/** What decides whether an answer flips: by how much it stays or flips, against the bound of that. */
function flipOrder(at: Moment, name: Column, of: Spread<number>): Order | undefined {
  const finding = numberFinding(at, name, of.exact, of);
  return finding && { gap: Math.abs(of.exact), against: boundMultiple * finding.movement + finding.floor };
}

/** The time of an event, where all references saw the same leaders. The slower a lead or share grew there, the less certain its time. */
function eventFinding(
  ensemble: Ensemble,
  at: Moment,
  name: Event,
  { row }: Observation,
  exact: Replay,
  others: readonly Replay[],
  start: State,
): NumberFinding[] {
  const { integrator } = ensemble;
  const jumped = [exact, ...others].some((replay) => replay.jumped[name]);
  const tolerance = isAdaptive(integrator) ? (jumped ? acrossJumps : toleranceMultiple) * integrator.rtol : 0;
  // A loss is off by as much as its output is, times its sensitivity, and by its own evaluation.
  const sensitivity = exact.sensitivities[name];
  const within = eventWithin + (name === "timeToLoss" ? sensitivity * (amplitudeOf(ensemble) + tolerance) : tolerance);
  if (
    name === "lockInTime" &&
    ((exact.leaders.length < 2 && isLedByRounding(ensemble, start)) ||
      others.some(({ leaders }) => String(leaders) !== String(exact.leaders)))
  )
    return [];
  if (isAtThreshold(ensemble, name, exact, within)) return [];
  const time = ({ row }: Pick<Replay, "row">) => row[name] as number;
  const found = numberFinding(at, name, row[name] as number, { exact: time(exact), replays: others.map(time), rounded: [], within: [] });
  if (!found) return [];
  const finding = { ...found, ...(name === "lockInTime" && { ofSink: true }) }; // where rounding decides who leads, it decides since when
  if (finding.exact === 0) return [finding]; // at the start, or never
  const slope = exact.slopes[name];
  const interval = exact.intervals[name];
  const byPlace = slope * interval > 1 ? interval * locatedTo : 0;
  return slope > 0 ? [{ ...finding, floor: finding.floor + within / slope + byPlace }] : [];
}

/** Whether rounding decides who leads at the start: the largest weights are equal within it, and what they come from is not. */
function isLedByRounding(ensemble: Ensemble, start: State): boolean {
  const { weights, logits } = new Field(ensemble, start).at(start);
  const top = largestAt(weights);
  const least = Math.abs(weights[top] as number) * (1 - 2 * amplitudeOf(ensemble));
  return weights.some((p, i) => Math.abs(p) >= least && logits[i] !== logits[top]);
}

/** Whether a run ends where it is about to reach a threshold: rounding decides then whether it does. */
function isAtThreshold(ensemble: Ensemble, name: Event, { row: { sinkShare, loss } }: Replay, within: number): boolean {
  const { polarizedAt, record } = ensemble;
  if (name === "polarizationTime") return Math.abs(sinkShare - polarizedAt) < within;
  if (name === "tippingTime") return Math.abs(sinkShare - tippingShare(ensemble)) < within;
  return name === "timeToLoss" && Math.abs(loss / (record.lossAt as number) - 1) < within;
}

/** How many steps, or rejected trials: over the sampled runs the means are compared. */
const meanFinding = (
  name: "steps" | "rejected",
  { row }: Observation,
  exact: Replay,
  others: readonly Replay[],
  adaptive: boolean,
): NumberFinding => ({
  at: "end",
  name,
  got: row[name],
  exact: exact.row[name],
  size: exact.row[name],
  movement: Math.max(0, ...others.map(({ row }) => Math.abs(row[name] - exact.row[name]))),
  floor: 0,
  mean: true,
  ...(adaptive && { steps: exact.row.steps }),
});
