import { isSound, type Status, statuses } from "../model/status.ts";
import type { PointReport as WholePoint } from "../sweep/sweep.ts";
import { label, listed, percent, shareText, short } from "./format.ts";
import { commonOf } from "./sentences.ts";

/** What the answer is made from. */
type PointReport = Pick<WholePoint, "parameters" | "ensemble" | "runs" | "status" | "polarized" | "polarizedAtEnd" | "sink">;

/** Points that are named, at most; more are counted. */
const maxNamed = { held: 6, others: 3 };

/** How many of these runs ended soundly, or did not. */
const runsOf = (points: readonly PointReport[], areSound: boolean): number =>
  points
    .flatMap(({ status }) => Object.entries(status))
    .reduce((sum, [name, count]) => (isSound(statuses[name as Status]) === areSound ? sum + count : sum), 0);

const counted = (runs: number): string => runs.toLocaleString("en-US");
const confidence = (bound: "at least" | "at most", share: number) =>
  `${bound} ${(100 * share).toFixed(share > 0.9 || share < 0.1 ? 2 : 1)} % with 95 % confidence`;

/** In how many of its runs one token holds the weight at the end: a share with its interval, or all. Some do. */
function amount(point: PointReport): string {
  const runs = runsOf([point], true);
  const { share, interval } = point.polarizedAtEnd as NonNullable<PointReport["polarizedAtEnd"]>;
  if (runs === 1 && share === 1) return "the one run";
  if (share === 1) return `all ${counted(runs)} runs (${confidence("at least", interval[0])})`;
  return `${percent(point.polarizedAtEnd)} of ${counted(runs)} runs`;
}

/** "under" before a name of kinds alone, as of normalizers; else "at". */
const before = ({ parameters }: PointReport): string =>
  Object.values(parameters).every((value) => typeof value !== "number") ? "under" : "at";

/** `under softmax`, `at tokens 3`; with a comma behind a name that has one. */
const atPoint = (point: PointReport): string => `${before(point)} ${label(point)}${label(point).includes(",") ? "," : ""}`;

/** The names of points, or how many they are. `all`: whether there are no others. */
function place(points: readonly PointReport[], max: number, all: boolean): string {
  const names = points.map(label);
  const isClear = names.length === 1 || !names.some((name) => name.includes(","));
  if (names.length <= max && isClear) return `${before(points[0] as PointReport)} ${listed(names)}`;
  if (all) return `at each of the ${points.length} points`;
  return points.length === 1 ? "at the other point" : `at each of the other ${points.length} points`;
}

/** The result as sentences: at which points one token holds the weight at the end, and in how many runs; where none does; what is left out. */
export function answer(report: { points: readonly PointReport[] }): string {
  const { points } = report;
  const threshold = commonOf(report)(({ polarizedAt }) => polarizedAt);
  const weight = threshold !== undefined ? `at least ${short(100 * threshold)} % of the weight` : "the weight that counts as polarized";
  const known = points.filter(({ polarizedAtEnd }) => polarizedAtEnd);
  const parts = [...heldParts(known, points.length, weight), ...unknownParts(points, known.length)];
  const text = parts.join("; ");
  return [`${text[0]?.toUpperCase()}${text.slice(1)}.`, ...remarks(points, known.length), lost(known), ties(report)]
    .filter(Boolean)
    .join(" ");
}

function heldParts(known: readonly PointReport[], total: number, weight: string): string[] {
  const held = known.filter(({ polarizedAtEnd }) => (polarizedAtEnd?.share ?? 0) > 0);
  const never = known.filter(({ polarizedAtEnd }) => polarizedAtEnd?.share === 0);
  const parts: string[] = [];
  const ends = `one token ends with ${weight} in`;
  const [single] = known;
  if (single && total === 1) {
    const one = runsOf([single], true) === 1;
    if (held.length === 0)
      return [
        `no token ends with ${weight}${one ? " in the one run" : ` in any of ${counted(runsOf([single], true))} runs (${confidence("at most", single.polarizedAtEnd?.interval[1] ?? 1)})`}`,
      ];
    return [`${ends} ${amount(single)}`];
  }
  if (held.length > maxNamed.held) {
    const shares = held.map(({ polarizedAtEnd }) => polarizedAtEnd?.share ?? 0);
    const [low, high] = [Math.min(...shares), Math.max(...shares)];
    const which = held.length === total ? `at each of the ${total} points` : `at each of ${held.length} of the ${total} points`;
    const how =
      low === 1
        ? "all runs"
        : low === high
          ? `${shareText(low)} % of the runs`
          : `between ${shareText(low)} and ${shareText(high)} % of the runs`;
    parts.push(`${which} ${ends} ${how}`);
  } else {
    parts.push(...held.map((point, i) => `${atPoint(point)} ${i === 0 ? `${ends} ` : "in "}${amount(point)}`));
  }
  if (never.length === 0) return parts;
  const highest = Math.max(...never.map(({ polarizedAtEnd }) => polarizedAtEnd?.interval[1] ?? 0));
  const bound = `${never.length > 1 ? "each " : ""}${confidence("at most", highest)}`;
  const where = place(never, maxNamed.others, never.length === total);
  parts.push(held.length > 0 ? `${where} in none (${bound})` : `${where} no token ends with ${weight} in any run (${bound})`);
  return parts;
}

/** Points of which there is no answer. */
function unknownParts(points: readonly PointReport[], known: number): string[] {
  const unknown = points.filter(({ polarizedAtEnd }) => !polarizedAtEnd);
  if (unknown.length === 0) return [];
  if (known === 0) return ["no run ended soundly, so there is no answer"];
  return [`${place(unknown, maxNamed.others, false)} no run ended soundly, so there is no answer`];
}

/** How many runs are left out where others are not, and how many ended too early for their answer to be that of their end. */
function remarks(points: readonly PointReport[], known: number): string[] {
  const [sound, unsound] = [runsOf(points, true), runsOf(points, false)];
  const all = sound + unsound;
  const share = (part: number, what: string) =>
    part > 0 ? [`${part === all ? "All" : `${counted(part)} of the`} ${counted(all)} runs ${what}.`] : [];
  const early = points.reduce((sum, { status }) => sum + (status["max-steps"] ?? 0), 0);
  return [
    ...(known > 0 ? share(unsound, "diverged or went non-finite, and are left out") : []),
    ...share(early, "took as many steps as they may before their end"),
  ];
}

/** Points that are told one by one, at most. */
const maxTold = 3;

/** In how many runs a token reached the weight and has it no longer; undefined where there is none. */
function lost(points: readonly PointReport[]): string | undefined {
  const each = points.flatMap((point) => {
    const runs = runsOf([point], true);
    const [reached = 0, held = 0] = [point.polarized, point.polarizedAtEnd].map((p) => Math.round((p?.share ?? 0) * runs));
    return reached > held ? [{ point, runs: reached - held, of: runs }] : [];
  });
  if (each.length === 0) return undefined;
  const told = each.map(({ point, runs, of }) => `${label(point) ? `${atPoint(point)} ` : ""}in ${counted(runs)} of ${counted(of)} runs`);
  const all = counted(each.reduce((sum, { runs }) => sum + runs, 0));
  return `A token reached that and lost it again ${each.length <= maxTold ? told.join("; ") : `in ${all} runs at ${each.length} points`}.`;
}

/** Ties are told of points of which such a part of the runs is tied, at least. */
const leastTied = 0.01;

/** How many runs ended tied; undefined where hardly any did. */
function ties({ points }: { points: readonly PointReport[] }): string | undefined {
  const tied = points.filter(({ sink, runs }) => sink.tied > 0 && sink.tied >= leastTied * runs);
  if (tied.length === 0) return undefined;
  const each = tied.map((point) => {
    const { runs, sink } = point;
    const what =
      sink.tied === runs
        ? `all ${counted(runs)} runs end tied`
        : `${counted(sink.tied)} of ${counted(runs)} runs ${sink.tied === 1 ? "ends" : "end"} tied`;
    return label(point) ? `${atPoint(point)} ${what}` : what;
  });
  const total = counted(tied.reduce((sum, { sink }) => sum + sink.tied, 0));
  return `No winner: ${tied.length <= maxTold ? each.join("; ") : `${total} runs at ${tied.length} points end tied`}.`;
}
