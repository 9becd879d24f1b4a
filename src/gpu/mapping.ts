import type { Ensemble } from "../model/ensemble.ts";
import { tableauOf } from "../model/integrators.ts";
import { models } from "../model/models.ts";
import { type Reduction, reductionOf } from "../model/reductions.ts";
import type { Lanes, RunOptions } from "../model/result.ts";
import { memoryOf } from "./training.ts";

/*
 * Words, here and in the shaders:
 *
 * An *invocation* is one thread of a compute shader. A *subgroup* is a set of invocations that the device executes together, and that
 * exchange numbers without memory: 4 to 128 of them, or 1 where a device has no subgroups. A *workgroup* is a set of subgroups that
 * share memory and wait for each other at barriers; here of 64 invocations, unless a run has a workgroup of its own.
 * A *lane* is one of the invocations that share a run: 1, 2, 4, … of them. The tokens of the run are dealt over its lanes in turn.
 * The *subgroup lanes* of a run (`subgroupLanes`) are its lanes in one subgroup: all of them, unless the run has a workgroup of its own.
 * Runs whose lanes lie in one subgroup are *neighbors*.
 */

/** How the runs of an ensemble are dealt over the invocations of a device. Results under different mappings differ only by rounding. */
export interface Mapping {
  readonly reduction: Reduction;
  readonly lanes: Lanes;
  /** Whether neighbors leave their loop of quiet fixed steps in the same round (shaders/flow.wgsl). */
  readonly neighbors: boolean;
  /** Whether the device passes over code that none of the neighbors takes. A driver on the CPU runs it, and drops what it gives. */
  readonly skips: boolean;
  /** Invocations a workgroup. */
  readonly workgroup: number;
}

/** What the choice of a mapping needs to know of a device. */
export interface Traits {
  /** Invocations of every subgroup, at least; 1 where there are no subgroups. */
  subgroup: number;
  /** Whether the device is a GPU; otherwise it is a driver on the CPU. */
  isGpu: boolean;
}

/** Those assumed if no device is known. */
export const noTraits: Traits = { subgroup: 1, isGpu: true };

/** Invocations of a workgroup that holds several runs. */
const defaultWorkgroup = 64;
/** Invocations of a workgroup, at most, on every WebGPU device. */
const maxLanes = 256;
/**
 * Stages × tokens × coordinates of one lane within a subgroup, where loops are unrolled: its program is as long as that, and compilation
 * time grows faster. The target is met if some number of lanes in a subgroup can meet it, the maximum always.
 */
const targetUnrolled = 256;
const maxUnrolled = 800;
/** Tokens × coordinates of such a lane. */
const maxValues = 400;
/** Numbers of a run that a GPU's lane keeps in registers. It has 255 registers; the others hold intermediate results. */
const targetNumbers = 200;
/**
 * Numbers, and values among them, above which a GPU is faster with values in memory, by the model in scripts/bench/occupancy.ts: most are then in memory anyway,
 * where each lane reads them one by one.
 */
const maxNumbers = 500;
const maxValuesOnGpu = 200;
/** Where even the most lanes have more numbers, so few fewer are not worth twice the lanes: at 16×16 a trial of tsit5 is faster on 8 lanes than on 16. */
const nearlyLeast = 1.125;
/** Values of a GPU's lane that is the only one of its run: compilers do worse with such a program. */
const maxValuesAlone = 32;
/**
 * Tokens × coordinates of a lane of a workgroup, where the stages stay a loop. Above the target a GPU is faster with values in memory,
 * above the maximum a driver on the CPU is too.
 */
const targetWorkgroupValues = 16;
const maxWorkgroupValues = 256;
/** Coordinates there: each lane holds two vectors for every stage. */
const maxWorkgroupDim = 64;
/** Numbers that a workgroup's subgroups sum together; with values in registers, a vector each. Twice as many fit into 16 KiB. */
const maxParts = 2040;
/** Where values are in memory: words of a workgroup's board, and numbers that its subgroups sum together. The board and twice these fit into 16 KiB. */
export const boardWords = 2048;
const maxMemoryParts = 1000;
/** Fours of numbers, at most, that a lane of a GPU reads before it uses one of them. More would take registers, and lanes, of others. */
export const maxFlight = 4;
/** Lanes there, at least: they show and read fours of numbers. */
const minMemoryLanes = 4;

/** The mapping of an ensemble on a device. Throws where the device has no such `lanes`, which no specification can ask for. */
export function mappingOf(ensemble: Ensemble, { reduce, lanes }: Pick<RunOptions, "reduce" | "lanes"> = {}, traits = noTraits): Mapping {
  const reduction = reductionOf(ensemble, reduce);
  const { subgroup } = traits;
  const chosen = lanes ?? lanesFor(ensemble, reduction, traits);
  const fits = chosen.memory ? chosen.count >= minMemoryLanes : chosen.count <= ensemble.tokens;
  if (!fits || chosen.count % chosen.subgroupLanes !== 0 || chosen.subgroupLanes > subgroup)
    throw new Error(
      `no run of ${ensemble.tokens} tokens on ${chosen.count} lanes, ${chosen.subgroupLanes} of them in a subgroup, with subgroups of ${subgroup}`,
    );
  const neighbors = subgroup > 1 && !isWorkgroup(chosen);
  return { reduction, lanes: chosen, neighbors, skips: traits.isGpu, workgroup: isWorkgroup(chosen) ? chosen.count : defaultWorkgroup };
}

/** Whether the lanes of a run are a workgroup of its own. */
export const isWorkgroup = ({ count, subgroupLanes }: Lanes): boolean => subgroupLanes < count;

/**
 * The fewest lanes of one subgroup that can hold a run of n tokens in r coordinates, unrolled. If none can, a workgroup; and if its
 * registers can't hold the values either, a workgroup with values in memory. scripts/bench/lanes.ts measures this rule; its tables are
 * in scripts/bench/results. scripts/bench/occupancy.ts has a model of it.
 */
function lanesFor(ensemble: Ensemble, { dim: r }: Reduction, { subgroup, isGpu }: Traits): Lanes {
  const { tokens: n } = ensemble;
  const stages = tableauOf(ensemble.integrator).stages.length;
  // What an optimizer keeps of a value is held with it.
  const kept = 1 + memoryOf(ensemble).memory;
  const held = (count: number) => Math.ceil(n / count) * r * kept;
  // Values; and for every stage, the weights and slopes of the lane's tokens, and two vectors.
  const numbers = (count: number) => held(count) + 2 * stages * (Math.ceil(n / count) + r);
  const fits = (count: number) => (isGpu ? held(count) <= maxValuesOnGpu && numbers(count) <= maxNumbers : held(count) <= maxValues);
  const counts = powersOfTwo(1, Math.min(subgroup, n, defaultWorkgroup)).filter(
    (count) => fits(count) && stages * held(count) <= maxUnrolled,
  );
  const target = Math.max(targetNumbers, nearlyLeast * numbers(counts.at(-1) ?? n));
  const suits = (count: number) =>
    isGpu ? numbers(count) <= target && (count > 1 || held(1) <= maxValuesAlone) : stages * held(count) <= targetUnrolled;
  const unrolled = smallest(counts, suits);
  if (unrolled !== undefined) return { count: unrolled, subgroupLanes: unrolled };
  const inRegisters = smallest(
    powersOfTwo(2 * subgroup, Math.min(n, maxLanes)).filter(
      (count) =>
        held(count) <= (isGpu ? targetWorkgroupValues : maxWorkgroupValues) &&
        r <= Math.min(maxWorkgroupDim, (maxParts * subgroup) / count),
    ),
    (count) => held(count) <= targetWorkgroupValues,
  );
  if (inRegisters !== undefined) return { count: inRegisters, subgroupLanes: subgroup };
  const parcel = stages * models[ensemble.model].terms;
  const inMemory = smallest(
    powersOfTwo(Math.max(minMemoryLanes, 2 * subgroup), maxLanes).filter((count) => count * parcel <= maxMemoryParts * subgroup),
    (count) => count >= Math.max(n, r),
  );
  return { count: inMemory as number, subgroupLanes: subgroup, memory: true };
}

/** The smallest number of lanes that suits; if none does, the largest; undefined if there is none. */
const smallest = (counts: readonly number[], suits: (count: number) => boolean): number | undefined => counts.find(suits) ?? counts.at(-1);

function powersOfTwo(from: number, to: number): number[] {
  const powers: number[] = [];
  for (let power = from; power <= to; power *= 2) powers.push(power);
  return powers;
}
