import { tableauOf } from "../model/integrators.ts";
import { models } from "../model/models.ts";
import type { Point } from "../model/point.ts";
import { type Reduction, reductionOf } from "../model/reductions.ts";
import type { Lanes, RunOptions } from "../model/result.ts";

/** How the runs of an ensemble are followed on a device. Results are the same for every mapping, but for rounding. */
export interface Mapping {
  readonly reduction: Reduction;
  readonly lanes: Lanes;
  /** Whether runs that share a subgroup leave their loop of fixed steps together. */
  readonly company: boolean;
  /** Invocations a workgroup. */
  readonly workgroup: number;
}

/** What of a device it depends on. */
export interface Traits {
  /** Invocations that every subgroup holds at least; 1 where there are none. */
  subgroup: number;
  /** Whether it is a GPU; else a driver that is on the CPU. */
  isGpu: boolean;
}

/** Where nothing is known of a device. */
export const noTraits: Traits = { subgroup: 1, isGpu: true };

/** Invocations a workgroup, where it holds several runs. */
const usualWorkgroup = 64;
/** Most invocations that a workgroup holds on every WebGPU device. */
const mostLanes = 256;
/**
 * Of stages × tokens × coordinates that one lane holds unrolled in registers, which is the size of its program, and its compilation
 * grows faster still: so many if more lanes of a subgroup can make it so, and at most; and most tokens × coordinates.
 */
const usualUnrolled = 256;
const mostUnrolled = 800;
const mostValues = 400;
/**
 * Numbers of a run that a GPU's lane keeps in registers, at most, if more lanes can make it so: of its 255 the rest goes into what is
 * computed. A lane alone is compiled worse, and is left alone with so many values at most.
 */
const mostNumbers = 200;
const mostAlone = 32;
/**
 * On a workgroup the stages stay a loop. Tokens × coordinates of a lane: so many if more lanes can make it so, and at most, where a
 * GPU does better with values in memory.
 */
const usualFarValues = 16;
const mostFarValues = 256;
/** Most coordinates there, since each lane holds two vectors a stage; and most numbers of all subgroups' vectors in 16 KiB of memory, twice. */
const mostFarDim = 64;
const mostParts = 2040;
/** Where values are in memory: words of the board of a workgroup, and most words of all subgroups' parts of what is summed at once; 16 KiB with those twice. */
export const boardWords = 2048;
const mostSums = 1000;

/** Throws where the device has no such lanes, which a specification can't ask for. */
export function mappingOf(point: Point, { reduce, lanes }: Pick<RunOptions, "reduce" | "lanes"> = {}, traits = noTraits): Mapping {
  const reduction = reductionOf(point, reduce);
  const { subgroup } = traits;
  const chosen = lanes ?? lanesFor(point, reduction, traits);
  if ((!chosen.memory && chosen.count > point.tokens) || chosen.count % chosen.near !== 0 || chosen.near > subgroup)
    throw new Error(
      `no run of ${point.tokens} tokens on ${chosen.count} lanes, ${chosen.near} of them near, with subgroups of ${subgroup}`,
    );
  const company = subgroup > 1 && !isFar(chosen);
  return { reduction, lanes: chosen, company, workgroup: isFar(chosen) ? chosen.count : usualWorkgroup };
}

/** Whether the lanes of a run are a workgroup of its own. */
export const isFar = ({ count, near }: Lanes): boolean => near < count;

/**
 * As few lanes as hold a run of n tokens in r coordinates unrolled, within a subgroup; where that does not do, a workgroup, and where
 * its registers don't hold the values either, a workgroup with values in memory. Set by scripts/bench/lanes.ts, whose tables are in
 * scripts/bench/results.
 */
function lanesFor(point: Point, { dim: r }: Reduction, { subgroup, isGpu }: Traits): Lanes {
  const { tokens: n } = point;
  const stages = tableauOf(point.integrator).stages.length;
  const held = (count: number) => Math.ceil(n / count) * r;
  const near = powersOfTwo(1, Math.min(subgroup, n, usualWorkgroup)).filter(
    (count) => held(count) <= mostValues && stages * held(count) <= mostUnrolled,
  );
  // Values, and of every stage the weights and slopes of its tokens and two vectors.
  const numbers = (count: number) => held(count) + 2 * stages * (Math.ceil(n / count) + r);
  const suits = (count: number) =>
    isGpu ? numbers(count) <= mostNumbers && (count > 1 || held(1) <= mostAlone) : stages * held(count) <= usualUnrolled;
  const unrolled = near.find(suits) ?? near.at(-1);
  if (unrolled !== undefined) return { count: unrolled, near: unrolled };
  const far = powersOfTwo(2 * subgroup, Math.min(n, mostLanes)).filter(
    (count) => held(count) <= (isGpu ? usualFarValues : mostFarValues) && r <= Math.min(mostFarDim, (mostParts * subgroup) / count),
  );
  const count = far.find((count) => held(count) <= usualFarValues) ?? far.at(-1);
  if (count !== undefined) return { count, near: subgroup };
  const wide = powersOfTwo(2 * subgroup, mostLanes).filter((count) => count * stages * models[point.model].terms <= mostSums * subgroup);
  return { count: wide.find((count) => count >= Math.max(n, r)) ?? (wide.at(-1) as number), near: subgroup, memory: true };
}

function powersOfTwo(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let power = from; power <= to; power *= 2) powers.push(power);
  return powers;
}
