import { type AdaptiveIntegrator, tableauOf } from "../model/integrators.ts";
import type { Replay } from "./replays.ts";

/**
 * Whether a run has stopped for good because the gradient of its loss is 0, to the last bit, as behind a jump of the gradient. The step
 * that passed the jump ended some way behind it, so steps of other lengths stop elsewhere.
 */
export const hasStopped = ({ row }: Replay): boolean => row.valuesGradientNorm === 0;

/**
 * How many times its estimate the error of an adaptive step may be within which a constant slope jumps to 0: 94 for tsit5, 16 for bosh3.
 * The stages see the jump or not, each for itself, and for some places of the jump nearly cancel in the estimate. So a step that passes
 * such a jump may be accepted with so many times its tolerance.
 */
export function errorAcrossJump(integrator: AdaptiveIntegrator): number {
  const { stages, weights, error = [] } = tableauOf(integrator);
  const places = 1000;
  let most = 0;
  for (let i = 1; i < places; i++) {
    const place = (i - 1 / 2) / places;
    const slopes: number[] = [];
    const moved = (by: readonly number[]) => by.reduce((sum, b, l) => sum + b * (slopes[l] as number), 0);
    for (const stage of stages) slopes.push(moved(stage) < place ? 1 : 0);
    most = Math.max(most, Math.abs(moved(weights) - place) / Math.abs(moved(error)));
  }
  return most;
}
