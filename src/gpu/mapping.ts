import { SinkflowError } from "../model/errors.ts";
import { tableauOf } from "../model/integrators.ts";
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
/** On a workgroup the stages stay a loop. Tokens × coordinates of a lane: so many if more lanes can make it so, and at most. */
const usualFarValues = 16;
const mostFarValues = 256;
/** Most coordinates there, since each lane holds two vectors a stage; and most numbers of all subgroups' vectors in 16 KiB of memory, twice. */
const mostFarDim = 64;
const mostParts = 2040;

/** `subgroup`: how many invocations every subgroup of the device holds at least; 1 where it has none. */
export function mappingOf(point: Point, { reduce, lanes }: Pick<RunOptions, "reduce" | "lanes"> = {}, subgroup = 1): Mapping {
  const reduction = reductionOf(point, reduce);
  const chosen = lanes ?? lanesFor(point, reduction, subgroup);
  if (chosen.count > point.tokens || chosen.count % chosen.near !== 0 || chosen.near > subgroup)
    throw new Error(
      `no run of ${point.tokens} tokens on ${chosen.count} lanes, ${chosen.near} of them near, with subgroups of ${subgroup}`,
    );
  const company = subgroup > 1 && !isFar(chosen);
  return { reduction, lanes: chosen, company, workgroup: isFar(chosen) ? chosen.count : usualWorkgroup };
}

/** Whether the lanes of a run are a workgroup of its own. */
export const isFar = ({ count, near }: Lanes): boolean => near < count;

/** Throws SinkflowError("input") with what would fit where no number of lanes holds a run. */
function lanesFor(point: Point, { dim: r }: Reduction, subgroup: number): Lanes {
  const { tokens: n, dim: d } = point;
  const stages = tableauOf(point.integrator).stages.length;
  const lanes = lanesOf(n, r, stages, subgroup);
  if (lanes) return lanes;
  let fit = Math.min(r, mostFarDim);
  while (fit > 0 && !lanesOf(n, fit, stages, subgroup)) fit--;
  throw new SinkflowError(
    "input",
    `dim: expected at most ${fit} ${r === d ? "" : "coordinates "}with ${n} tokens on the WebGPU engine, got ${r === d ? d : `${d}, which comes down to ${r}`}; --engine cpu takes it as it is`,
  );
}

/**
 * As few lanes as hold a run of n tokens in r coordinates unrolled, within a subgroup; where that does not do, a workgroup. Set by
 * scripts/bench/lanes.ts, whose tables are in scripts/bench/results.
 */
function lanesOf(n: number, r: number, stages: number, subgroup: number): Lanes | undefined {
  const held = (count: number) => Math.ceil(n / count) * r;
  const near = powersOfTwo(1, Math.min(subgroup, n)).filter((count) => held(count) <= mostValues && stages * held(count) <= mostUnrolled);
  const unrolled = near.find((count) => stages * held(count) <= usualUnrolled) ?? near.at(-1);
  if (unrolled !== undefined) return { count: unrolled, near: unrolled };
  const far = powersOfTwo(2 * subgroup, Math.min(n, mostLanes)).filter(
    (count) => held(count) <= mostFarValues && r <= Math.min(mostFarDim, (mostParts * subgroup) / count),
  );
  const count = far.find((count) => held(count) <= usualFarValues) ?? far.at(-1);
  return count === undefined ? undefined : { count, near: subgroup };
}

function powersOfTwo(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let power = from; power <= to; power *= 2) powers.push(power);
  return powers;
}
