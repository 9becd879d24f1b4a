import { type Ensemble, endOf, recordedTimes } from "./ensemble.ts";
import { isAdaptive } from "./integrators.ts";

/**
 * Flow time in two parts, ticks·tick + rest with 0 ≤ rest < tick. In float32 alone a time of 10⁶ could not take a step
 * below 0.03. A tick is the step where that is fixed, else a power of two, of which some 2³¹ reach the end: sums of the
 * rest are then exact in carrying over.   Twin: shaders/moment.wgsl
 */
export interface Moment {
  ticks: number;
  /** A float32. */
  rest: number;
}

/** How near a quotient of times counts as whole: one of decimal numbers is off by a few float64 ulp, relative 1e-15. */
export const multipleWithin = 1e-9;

export const tickOf = (ensemble: Ensemble): number =>
  isAdaptive(ensemble.integrator) ? 2 ** (Math.ceil(Math.log2(endOf(ensemble))) - 31) : ensemble.integrator.step;

export function momentOf(ensemble: Ensemble, time: number): Moment {
  const tick = tickOf(ensemble);
  const ratio = time / tick;
  const whole = Math.round(ratio);
  // Near enough to a multiple of a fixed step is one: a specification tells times in decimals.
  if (!isAdaptive(ensemble.integrator) && Math.abs(ratio - whole) <= multipleWithin * whole) return { ticks: whole, rest: 0 };
  const ticks = Math.floor(ratio);
  return { ticks, rest: Math.fround(Math.max(0, time - ticks * tick)) };
}

/** In which step each recorded time lies, where the step is fixed; undefined where it adapts. */
export function recordedSteps(ensemble: Ensemble): number[] | undefined {
  if (isAdaptive(ensemble.integrator)) return undefined;
  if ("steps" in ensemble.record) return ensemble.record.steps;
  return recordedTimes(ensemble).map((time) => {
    const { ticks, rest } = momentOf(ensemble, time);
    return rest > 0 ? ticks + 1 : ticks;
  });
}
