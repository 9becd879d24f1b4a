import { type Ensemble, hasClock } from "../model/ensemble.ts";
import { control } from "../model/integrators.ts";
import { exp, expm1, log, log1p, squared } from "../model/mathematics.ts";
import type { Evaluation } from "./field.ts";

/**
 * Flow time along a run in the margin's own clock: t = ∫ e^f dτ with f = −log(−ℓ′(m(τ))). Since t grows as e^τ, its logarithm
 * is kept.   Twin: shaders/clocks/margin.wgsl
 */
export class FlowTime {
  /** log t, −∞ at the start; NaN where the run has no clock of its own. */
  log: number;

  constructor(ensemble: Ensemble) {
    this.log = hasClock(ensemble) ? Number.NEGATIVE_INFINITY : Number.NaN;
  }

  /**
   * Adds a step.
   * @param inside the evaluation at a part of this step, 0 to 1
   * @param length in units of the clock
   */
  add(inside: (theta: number) => Evaluation, length: number): void {
    if (Number.isNaN(this.log)) return;
    const intervals = control.clockIntervals;
    const f = Array.from({ length: intervals + 1 }, (_, i) => inside(i / intervals).logSlowness());
    this.log = logSum(this.log, log(length / intervals) + logIntegral(f));
  }
}

/** log(e^x + e^y). */
function logSum(x: number, y: number): number {
  const [low, high] = x < y ? [x, y] : [y, x];
  return high + log1p(exp(low - high));
}

/**
 * log ∫ e^f over an interval, given f at four or more of its points, a unit apart. Between two of them, x from 0 to 1, f is
 * taken as linear minus ½c·x(1 − x), with c its second derivative in the middle of the interval, from second differences. The
 * integral of the linear part is (e^f₁ − e^f₀)/z with z = f₁ − f₀. To first order the bend reduces it by the part ½c⟨x(1 − x)⟩,
 * with the mean weighted by e^(zx). By parts, twice, ⟨x(1 − x)⟩ = coth(z/2)/z − 2/z², which falls from 1/6 at z = 0 as 1/z.
 */
export function logIntegral(f: readonly number[]): number {
  const last = f.length - 2;
  const at = (i: number) => f[i] as number;
  const bend = (i: number) => at(i - 1) - 2 * at(i) + at(i + 1);
  let total = Number.NEGATIVE_INFINITY;
  for (let i = 0; i <= last; i++) {
    const z = at(i + 1) - at(i);
    const [close, next] = i === 0 ? [bend(1), bend(2)] : i === last ? [bend(last), bend(last - 1)] : [bend(i), bend(i + 1)];
    const c = i === 0 || i === last ? 1.5 * close - 0.5 * next : (close + next) / 2;
    const small = Math.abs(z) < 1e-2;
    // Both by their series where z is small: the first terms left out are z⁶/181440 and z⁴/15120.
    const bulge = small ? squared(z) / 24 - squared(squared(z)) / 2880 : Math.abs(z) / 2 + log(-expm1(-Math.abs(z)) / Math.abs(z));
    // coth(z/2) = 1 + 2/(e^z − 1)
    const mean = small ? 1 / 6 - squared(z) / 360 : (1 + 2 / expm1(z)) / z - 2 / squared(z);
    total = logSum(total, (at(i) + at(i + 1)) / 2 + bulge - (c / 2) * mean);
  }
  return total;
}
