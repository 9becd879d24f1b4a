import { type Ensemble, recordedTimes } from "../model/ensemble.ts";
import { isAdaptive, tableauOf } from "../model/integrators.ts";
import type { Sample } from "../model/samples.ts";
import { binOf, bins, talliedNames } from "../model/tallies.ts";
import type { Trajectory } from "../model/trajectory.ts";
import type { Recorded } from "../reference/recorder.ts";
import { boundMultiple, leastOf, mostUsed, type NumberFinding, vectorFinding } from "./findings.ts";
import { type Moves, type Part, parts, talliedBins } from "./moves.ts";
import { ulp } from "./random.ts";
import type { Replay, Replays } from "./replays.ts";

/** What is recorded over time of a sampled run: its trajectory, and the bins in which it was counted. */
export function recordedFindings(ensemble: Ensemble, sample: Sample, replays: Replays): NumberFinding[] {
  const { exact, disturbed, finer, otherSteps } = replays;
  const others = [...disturbed, ...finer, ...otherSteps];
  const { trajectory, tallied } = sample;
  const jumps = jumpsOf(exact);
  return [
    ...(trajectory ? parts.flatMap((part) => partFinding(ensemble, part, trajectory, replays, jumps, others)) : []),
    ...(tallied ? talliedFindings(ensemble, tallied, replays, jumps, others) : []),
  ];
}

/** At which recorded times a weight becomes 0 or comes back near a recorded time, or the flow stops: there the gradient jumps, and where a step ends decides what is recorded. */
function jumpsOf({ recorded }: Replay): boolean[] {
  const sides = recorded.map(({ weights, gradientNorms }) => [...weights, gradientNorms[0]].map((x) => x === 0).join());
  return sides.map((side, slot) => [sides[slot - 1], sides[slot + 1]].some((other) => other !== undefined && other !== side));
}

const median = (x: Float64Array) => x.sort()[x.length >> 1] ?? 0;

/**
 * How far the replays move a number at each recorded time, or its bin. Where it crosses what they say they move it by nothing. So relative to its size it moves
 * at least as at the times before and after, and as at the median time.
 */
function movementsOver(slots: readonly { movement: number; size: number }[]): number[] {
  const parts = Float64Array.from(slots, ({ movement, size }) => (size > 0 ? movement / size : 0));
  const typical = median(parts.filter((_, i) => (slots[i] as { size: number }).size > 0));
  return slots.map(({ movement, size }, i) => Math.max(movement, size * Math.max(typical, parts[i - 1] ?? 0, parts[i + 1] ?? 0)));
}

/** An ulp of evaluation, with the sums of a vector's components in it. */
const evaluationUlp = 64;

/**
 * What rounding in dense output may move a number by, relative to its change over the step. A device takes back from the end of a step φ q_j(φ) of every
 * stage j (shaders/dense.wgsl). What the polynomials have in common cancels, so each coefficient counts with an ulp: of tsit5 they sum to 389. That is far below
 * the tolerances where these limit steps. Where the slope is constant, as that of a hinge, nothing limits them, and they grow by 10.
 */
function denseRounding({ integrator }: Ensemble): number {
  if (!isAdaptive(integrator)) return 0;
  const coefficients = tableauOf(integrator).dense.flat();
  return ulp * coefficients.reduce((sum, coefficient) => sum + Math.abs(coefficient), 0);
}

/** By step, the largest change of a number of a part over it, by the recorded times from the last one before it to the first one after it. */
function changesOver(recorded: readonly Recorded[], { series, numbersOf }: Part): Map<number, number> {
  const changes = new Map<number, number>();
  for (let from = 0; from < recorded.length; ) {
    const { step } = recorded[from] as Recorded;
    let to = from;
    while (recorded[to]?.step === step) to++;
    const across = recorded.slice(Math.max(0, from - 1), to + 1).map((entry) => numbersOf(entry[series]));
    const change = across[0]?.map((_, i) => {
      const numbers = across.map((x) => x[i] as number);
      return Math.max(...numbers) - Math.min(...numbers);
    });
    changes.set(step, Math.max(0, ...(change ?? [])));
    from = to;
  }
  return changes;
}

/** What is recorded of a part at the time at which it uses most of its bound. Its movement is at least its median one over the times. */
function partFinding(
  ensemble: Ensemble,
  part: Part,
  trajectory: Trajectory,
  { exact, moves }: Replays,
  jumps: readonly boolean[],
  others: readonly Replay[],
): NumberFinding[] {
  const { name, series, isNorm, numbersOf } = part;
  const rounding = denseRounding(ensemble);
  const changes = changesOver(exact.recorded, part);
  const slots = exact.recorded.flatMap((entry, slot) => {
    if (jumps[slot]) return [];
    const x = numbersOf(entry[series]);
    const replays = others.flatMap(({ recorded }) => (recorded[slot] ? [numbersOf(recorded[slot][series])] : []));
    const found = vectorFinding("recorded", name, numbersOf(trajectory[series][slot] ?? []), {
      exact: x,
      replays,
      rounded: [],
      within: [],
    });
    const byInterpolation = rounding * (changes.get(entry.step) as number);
    const floor = (size: number) =>
      evaluationUlp * ulp * size + ((moves[slot] as Moves)[name] as number) + byInterpolation + leastOf(isNorm);
    return found ? [{ ...found, floor: floor(found.size) }] : [];
  });
  const movements = movementsOver(slots);
  const findings = slots.map((found, i) => ({ ...found, movement: movements[i] as number }));
  const worst = mostUsed(findings);
  return worst ? [worst] : [];
}

/**
 * The bin of a distribution over time that is off most. A device may be in the next bin to those of the numbers that the replays allow,
 * and as far as rounding and the tolerances move the number at this time: at its least a loss is nothing else.
 */
function talliedFindings(
  ensemble: Ensemble,
  tallied: Uint32Array,
  { exact, moves }: Replays,
  jumps: readonly boolean[],
  others: readonly Replay[],
): NumberFinding[] {
  const times = recordedTimes(ensemble).length;
  return talliedNames.flatMap((name, kind) => {
    const findings: NumberFinding[] = [];
    const seen = Array.from({ length: times }, (_, slot) => {
      const [x = Number.NaN, ...moved] = [exact, ...others].map(({ observed }) => observed?.[name][slot] ?? Number.NaN);
      return { x, moved, size: x || 0, movement: Math.max(0, ...moved.map((y) => Math.abs(y - x) || 0)) };
    });
    const movements = movementsOver(seen);
    for (const [slot, { x, moved }] of seen.entries()) {
      const bin = binOf(name, x);
      if (jumps[slot]) continue;
      if (moved.some((y) => (binOf(name, y) === undefined) !== (bin === undefined))) continue;
      const got = talliedBins(tallied, slot)[kind] as number;
      if (bin === undefined && Number.isNaN(got)) continue;
      const within = (moves[slot]?.[name] ?? 0) + boundMultiple * (movements[slot] as number);
      const [low = 0, high = bins - 1] = [binOf(name, x - within), binOf(name, x + within)];
      const floor = 1 + (bin === undefined ? 0 : got < bin ? bin - low : high - bin);
      const exactBin = bin ?? Number.NaN;
      findings.push({ at: "recorded", name: `distribution of ${name}`, got, exact: exactBin, size: 0, movement: 0, floor });
    }
    return mostUsed(findings) ?? [];
  });
}
