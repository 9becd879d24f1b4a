import { knownColumns, vectorNames } from "../model/columns.ts";
import { proportion } from "../statistics/proportion.ts";
import type { PointReport, SweepReport } from "../sweep/sweep.ts";
import { leastBound } from "../verification/findings.ts";
import { usedOf, type Verification, type Worst } from "../verification/judge.ts";
import { label, percent, scientific, shareText, short } from "./format.ts";
import { columnsOf } from "./table.ts";

/** The results of a sweep, or of a shard of one, as far as verification goes. */
type Verified = Pick<SweepReport, "engine" | "verification" | "countsDiffer"> & { points: readonly VerifiedPoint[] };
type VerifiedPoint = Pick<PointReport, "parameters" | "verification">;

/** How far the device was from the reference, over all points; undefined on the CPU engine. */
export function verificationLine(report: Verified): string | undefined {
  const { verification: v, engine, countsDiffer } = report;
  if (countsDiffer !== undefined) return `NOT verified: ${countsDiffer}. The results are counted by the host.`;
  if (!v) return engine === "cpu" ? undefined : "Nothing was verified: no sampled run ended soundly.";
  if (v.exceeded > 0) return failure(report, v);
  const notes = [
    v.undecided > 0 ? `${v.undecided} undecided (tied, or rounding decides)` : undefined,
    v.beyondRange > 0 ? `${v.beyondRange} beyond float32's range in a number or more` : undefined,
  ].filter((note) => note !== undefined);
  if (v.runs === 0) {
    const why = v.beyondRange > 0 ? "rounding or float32's range decides" : "rounding decides";
    return `No run was verified to its end: ${why} the course of every sampled run that ended soundly. Their starts agree with the float64 reference.`;
  }
  const weight = v.worstWeight === undefined ? "" : `; worst difference of a weight ${short(v.worstWeight)} (bound ${short(v.bound)})`;
  const runs = v.runs === 1 ? "1 run agrees" : `${v.runs} runs agree`;
  return `Verified: ${runs} with the float64 reference in every column${weight}${notes.map((note) => `, ${note}`).join("")}.`;
}

/** What computed results: an engine, and its adapter. */
export const computerOf = ({ engine, adapter }: Pick<SweepReport, "engine" | "adapter">): string =>
  engine === "cpu" ? "CPU, float64" : `WebGPU, ${adapter?.description || adapter?.device}`;

/** Of results that several adapters computed: how many parts each did, and what verification found of them. */
export const certificates = ({ adapters = [] }: Pick<SweepReport, "adapters">): string[] =>
  adapters.map((each) => {
    const line = verificationLine({ ...each, points: [] });
    return `${computerOf(each)}: ${each.parts.length === 1 ? "1 part" : `${each.parts.length} parts`}. ${line ?? ""}`.trimEnd();
  });

/**
 * What verifying some runs of an ensemble says of all of them: how many agree, what share of all may not, and what is not known. A run is
 * compared in full where rounding decides neither its course nor its winner.
 * @param of runs of the ensemble
 */
export function verdict(where: string, v: Verification | undefined, of: number): string {
  const all = v ? v.decided + v.undecided : 0;
  const full = v ? Math.max(v.decided, v.exceeded) : 0;
  const found = v && proportion(v.exceeded, full);
  const plural = (runs: number) => `${runs} ${runs === 1 ? "run is" : "runs are"}`;
  const rest = [
    v && v.undecided > 0 ? ` ${plural(v.undecided)} undecided: rounding decides the course or the winner.` : "",
    v && v.beyondRange > 0 ? ` ${plural(v.beyondRange)} beyond float32's range in a number or more.` : "",
  ].join("");
  if (!v || !found) return `${where} no run could be compared in full.${rest}`;
  const worst =
    v.worstWeight === undefined
      ? ""
      : ` The largest difference of a weight that was seen is ${scientific(v.worstWeight)}${all < of ? `; among the ${(of - all).toLocaleString("en-US")} runs that were not looked at there may be larger ones` : ""}.`;
  const compared = full === all ? `${full}` : `${full} of ${all}`;
  const was = full === 1 ? "run was" : "runs were";
  if (v.exceeded > 0)
    return `${where} ${compared} ${was} compared in full, and ${v.exceeded} of them differ from float64 by more than their bound: ${percent(found)}.${rest}${worst}`;
  const agree = full === 1 ? "it agrees" : "all of them agree";
  return `${where} ${compared} ${was} compared in full, and ${agree} with float64: with 95 % confidence at most ${shareText(found.interval[1])} % of the runs that can be compared do not.${rest}${worst}`;
}

/** What was known first is named first: a wrong start makes everything wrong. */
const earliest = ["start", "firstSteps"];

/** What exceeds its bound: the run, the column, both values and the bound. */
function failure({ points }: Verified, { exceeded, runs }: Verification): string {
  const failed = points
    .flatMap((point) => Object.entries(point.verification?.worst ?? {}).map(([key, worst]) => ({ point, key, worst })))
    .filter(({ worst }) => usedOf(worst) > 1);
  const order = (key: string) => (earliest.indexOf(key) + earliest.length + 1) % (earliest.length + 1);
  failed.sort((a, b) => order(a.key) - order(b.key) || usedOf(b.worst) - usedOf(a.worst));
  const [first] = failed;
  const all = `NOT verified: ${exceeded} of ${Math.max(runs, exceeded)} verified runs exceed a bound`;
  return first ? `${all}. ${describe(first.point, first.key, first.worst)}.` : `${all}.`;
}

function describe(point: VerifiedPoint, key: string, { run, difference, bound, value, reference, of }: Worst): string {
  const where = label(point) ? `At ${label(point)}, run ${run}` : `Run ${run}`;
  const number = (x: number | undefined) => (x === undefined ? "no number" : exactly(x));
  const by = difference === undefined ? "" : `, a difference of ${short(difference)}`;
  const sides = `${number(value)}, the float64 reference has ${number(reference)}`;
  return `${where}: ${nameOf(key, of)} is ${sides}${by}; ${mustBeEqual(bound) ? "they must be equal" : `the bound is ${short(bound)}`}`;
}

/** A number with the digits of a float32, in the form that is shortest: without zeros after the point. */
function exactly(x: number): string {
  const rounded = Number(x.toPrecision(9));
  return rounded !== 0 && Math.abs(rounded) < 1e-3 ? rounded.toExponential() : String(rounded);
}

/** Whether a bound is of a token, or of a number that is 0 and does not move, such as the time of a lead that never changed. */
const mustBeEqual = (bound: number) => bound <= leastBound;

const sections: Record<string, string> = { start: "at the start", firstSteps: "after the first steps", recorded: "over time" };
const nameOf = (key: string, of: string | undefined) => (of === undefined ? key : `${of} ${sections[key] ?? key}`);

/** What was compared, as rows of cells, the header first: for each column the largest part of its bound that a run used. */
export function verificationCells({ worst }: Verification): string[][] {
  const known = [...Object.keys(sections), ...knownColumns(), ...vectorNames];
  const order = (key: string) => known.indexOf(key as never);
  const keys = Object.keys(worst).sort((a, b) => order(a) - order(b));
  const rows = keys.map((key) => {
    const w = worst[key] as Worst;
    const part = usedOf(w);
    return [
      nameOf(key, w.of),
      String(w.run),
      short(w.value),
      short(w.reference),
      short(w.difference),
      mustBeEqual(w.bound) ? "equal" : short(w.bound),
      part === 0 ? "0" : part > 1 ? "exceeded" : `${Math.max(1, Math.round(100 * part))} %`,
    ];
  });
  return [["compared", "run", "device", "float64", "difference", "bound", "used"], ...rows];
}

/** The same as lines of text. */
export const verificationTable = (verification: Verification): string => columnsOf(verificationCells(verification), 1).join("\n");
