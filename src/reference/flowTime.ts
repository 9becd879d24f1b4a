import { control } from "../model/integrators.ts";
import { hasClock, type Point } from "../model/point.ts";
import type { Field } from "./field.ts";
import type { State } from "./start.ts";
import type { Flowing } from "./stepper.ts";

/**
 * Flow time along a run that is followed in the margin's own clock: t = ∫ e^f dτ with f = −log(−ℓ′(m(τ))), which grows as e^τ and
 * is kept as its logarithm.   Twin: shaders/clocks/margin.wgsl
 */
export class FlowTime {
  /** log t; −∞ at the start. NaN where there is no clock. */
  log: number;
  private readonly between: State;

  constructor(point: Point, state: State) {
    this.log = hasClock(point) ? Number.NEGATIVE_INFINITY : Number.NaN;
    this.between = { ...state, logits: state.logits.slice(), values: state.values.slice() };
  }

  /** Adds a step of the clock, of this length and dense output. Leaves the field's `forward` elsewhere. */
  add(field: Field, inside: (theta: number, out: Flowing) => void, length: number): void {
    if (Number.isNaN(this.log)) return;
    const places = control.clockPlaces;
    const f = Array.from({ length: places + 1 }, (_, place) => {
      inside(place / places, this.between);
      field.forward(this.between, this.between);
      return field.logSlowness(this.between);
    });
    this.log = logSum(this.log, Math.log(length / places) + logIntegral(f));
  }
}

/** log(e^x + e^y). */
function logSum(x: number, y: number): number {
  const [low, high] = x < y ? [x, y] : [y, x];
  return high + Math.log1p(Math.exp(low - high));
}

/**
 * log ∫ e^f over four or more evenly spaced places a unit apart, at which f is given. Between two of them, x from 0 to 1, f is
 * linear less ½c·x(1 − x), c its second derivative. The integral of the linear part is (e^f₁ − e^f₀)/z with z = f₁ − f₀, and
 * bending takes the part ½c⟨x(1 − x)⟩ of it away, to first order, with the mean weighted by e^(zx): by parts, twice,
 * ⟨x(1 − x)⟩ = coth(z/2)/z − 2/z², from 1/6 at z = 0 down to 1/z. c comes from second differences, in the middle of the interval.
 */
export function logIntegral(f: readonly number[]): number {
  const last = f.length - 2;
  const at = (i: number) => f[i] as number;
  const bend = (i: number) => at(i - 1) - 2 * at(i) + at(i + 1);
  let total = Number.NEGATIVE_INFINITY;
  for (let i = 0; i <= last; i++) {
    const z = at(i + 1) - at(i);
    const [near, far] = i === 0 ? [bend(1), bend(2)] : i === last ? [bend(last), bend(last - 1)] : [bend(i), bend(i + 1)];
    const c = i === 0 || i === last ? 1.5 * near - 0.5 * far : (near + far) / 2;
    const small = Math.abs(z) < 1e-2;
    // By their series where z is small: the first terms left out are z⁶/181440 and z⁴/15120.
    const bulge = small ? z ** 2 / 24 - z ** 4 / 2880 : Math.abs(z) / 2 + Math.log(-Math.expm1(-Math.abs(z)) / Math.abs(z));
    const mean = small ? 1 / 6 - z ** 2 / 360 : 1 / Math.tanh(z / 2) / z - 2 / z ** 2;
    total = logSum(total, (at(i) + at(i + 1)) / 2 + bulge - (c / 2) * mean);
  }
  return total;
}
