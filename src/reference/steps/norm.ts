import type { Ensemble } from "../../model/ensemble.ts";
import { isAdaptive } from "../../model/integrators.ts";
import type { Flowing } from "../state.ts";

interface Tolerances {
  rtol: number;
  atol: number;
}

/** The tolerances of an ensemble. Where its steps are fixed, the norm is then the plain root mean square. */
export const tolerancesOf = ({ integrator }: Ensemble): Tolerances => (isAdaptive(integrator) ? integrator : { rtol: 0, atol: 1 });

/**
 * Root mean square, over all that is trained, of f divided by its scale at a state: atol + rtol·|a_i| for a logit, and for every
 * entry of a value atol + rtol times the root mean square of this value. So the norm is the same in all orthonormal coordinates of values.
 * @param f a number for every entry of the logits and of the values
 */
export function errorNorm(
  { train, tokens: n, dim: d }: Ensemble,
  { rtol, atol }: Tolerances,
  state: Flowing,
  f: (part: keyof Flowing, at: number) => number,
): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (train !== "values") sum += (f("logits", i) / (atol + rtol * Math.abs(state.logits[i] as number))) ** 2;
    if (train === "logits") continue;
    let [square, change] = [0, 0];
    for (let at = i; at < n * d; at += n) {
      square += (state.values[at] as number) ** 2;
      change += f("values", at) ** 2;
    }
    sum += change / (atol + rtol * Math.sqrt(square / d)) ** 2;
  }
  return Math.sqrt(sum / ((train === "values" ? 0 : n) + (train === "logits" ? 0 : n * d)));
}
