import { type Ensemble, endOf, recordedTimes, stepLength, timeAfter } from "./ensemble.ts";
import { isAdaptive } from "./integrators.ts";
import { ceilLog2 } from "./mathematics.ts";

/**
 * Flow time in two parts, ticks·tick + rest with 0 ≤ rest < tick. In float32 alone a time of 10⁶ would not change by a step
 * below 0.03. A tick is the step where that is fixed, with an optimizer each step by its learning rate; otherwise a power of two, of which up to 2³¹ reach the end, so that carrying
 * whole ticks out of the rest is exact.   Twin: shaders/moment.wgsl
 */
export interface Moment {
  ticks: number;
  /** A float32. */
  rest: number;
}

/** A quotient of times within this relative distance of a whole number counts as whole: that of two decimal numbers is off by a few float64 ulp, 1e-15. */
export const multipleWithin = 1e-9;

export const tickOf = (ensemble: Ensemble): number =>
  isAdaptive(ensemble.integrator) ? 2 ** (ceilLog2(endOf(ensemble)) - 31) : stepLength(ensemble, 0);

export function momentOf(ensemble: Ensemble, time: number): Moment {
  if (ensemble.optimizer) return momentOfTraining(ensemble, time);
  const tick = tickOf(ensemble);
  const ratio = time / tick;
  const whole = Math.round(ratio);
  // A specification has times in decimals: close to a multiple of a fixed step means that multiple.
  if (!isAdaptive(ensemble.integrator) && Math.abs(ratio - whole) <= multipleWithin * whole) return { ticks: whole, rest: 0 };
  const ticks = Math.floor(ratio);
  return { ticks, rest: Math.fround(Math.max(0, time - ticks * tick)) };
}

/** The same where a learning rate may change from step to step. A time within `multipleWithin` of the end of a step is that end. */
function momentOfTraining(ensemble: Ensemble, time: number): Moment {
  let [before, after] = [0, (ensemble.until as { steps: number }).steps];
  if (time === 0) return { ticks: 0, rest: 0 };
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (timeAfter(ensemble, middle) < time * (1 - multipleWithin)) before = middle;
    else after = middle;
  }
  const rest = Math.fround(Math.max(0, time - timeAfter(ensemble, before)));
  return timeAfter(ensemble, after) <= time * (1 + multipleWithin) ? { ticks: after, rest: 0 } : { ticks: before, rest };
}

/** The number of the step in which each recorded time lies, where the step is fixed; undefined where it adapts. */
export function recordedSteps(ensemble: Ensemble): number[] | undefined {
  if (isAdaptive(ensemble.integrator)) return undefined;
  if ("steps" in ensemble.record) return ensemble.record.steps;
  return recordedTimes(ensemble).map((time) => {
    const { ticks, rest } = momentOf(ensemble, time);
    return rest > 0 ? ticks + 1 : ticks;
  });
}
