import type { Ensemble } from "../model/ensemble.ts";
import { control, isAdaptive, tableauOf } from "../model/integrators.ts";
import { pow, squared } from "../model/mathematics.ts";
import type { Evaluation, Field } from "./field.ts";
import { assign, copyOf, type Flowing } from "./state.ts";

interface Tolerances {
  rtol: number;
  atol: number;
}

/** The tolerances of an ensemble. With those of fixed steps the norm is the plain root mean square. */
export const tolerancesOf = ({ integrator }: Ensemble): Tolerances => (isAdaptive(integrator) ? integrator : { rtol: 0, atol: 1 });

/**
 * Root mean square, over all that is trained, of a change divided by its scale at a state: atol + rtol·|a_i| for a logit, and for every
 * entry of a value atol + rtol times the root mean square of this value. So the norm is the same in all orthonormal coordinates of values.
 */
export function errorNorm({ train, tokens: n, dim: d }: Ensemble, { rtol, atol }: Tolerances, state: Flowing, change: Flowing): number {
  const { logits, values } = state;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (train !== "values") sum += squared((change.logits[i] as number) / (atol + rtol * Math.abs(logits[i] as number)));
    if (train === "logits") continue;
    let square = 0;
    let changed = 0;
    for (let at = i; at < n * d; at += n) {
      square += squared(values[at] as number);
      changed += squared(change.values[at] as number);
    }
    sum += changed / squared(atol + rtol * Math.sqrt(square / d));
  }
  return Math.sqrt(sum / ((train === "values" ? 0 : n) + (train === "logits" ? 0 : n * d)));
}

/** Makes `from` what it is less than a state: x − `from`. */
function subtractFrom(x: Flowing, from: Flowing): Flowing {
  for (const part of ["logits", "values"] as const)
    for (let i = 0; i < from[part].length; i++) from[part][i] = (x[part][i] as number) - (from[part][i] as number);
  return from;
}

/** An error goes as h^(q + 1), with q the order of its estimate: the length of a step that makes a given error goes as the error to this power. */
const exponent = ({ integrator }: Ensemble) => 1 / ((tableauOf(integrator).errorOrder ?? 0) + 1);

/**
 * The first step to try from a state: Hairer, Nørsett, Wanner I, II.4, with the exponent of the error estimate.
 * @param longest what the step must not exceed
 */
export function firstStep(field: Field, start: Evaluation, longest: number): number {
  const { ensemble } = field;
  const { state } = start;
  const norm = (change: Flowing) => errorNorm(ensemble, tolerancesOf(ensemble), state, change);
  const slope = copyOf(state);
  start.slopes(slope);
  const size = norm(state);
  const speed = norm(slope);
  const probe = Math.min(size < 1e-5 || speed < 1e-5 || !Number.isFinite(speed) ? 1e-6 : (0.01 * size) / speed, longest);
  const ahead = copyOf(state);
  for (const part of ["logits", "values"] as const)
    for (let i = 0; i < ahead[part].length; i++) ahead[part][i] = (state[part][i] as number) + probe * (slope[part][i] as number);
  const slopeAhead = copyOf(state);
  field.at(ahead).slopes(slopeAhead);
  const bend = norm(subtractFrom(slopeAhead, slope)) / probe;
  const largest = Math.max(speed, bend);
  const h = largest <= 1e-15 ? Math.max(1e-6, probe * 1e-3) : pow(0.01 / largest, exponent(ensemble));
  return Math.min(100 * probe, Number.isFinite(h) && h > 0 ? h : probe, longest);
}

/** The factor from the length of a step with this scaled error to the length of the next: see `control`. */
export function stepFactor(ensemble: Ensemble, error: number): number {
  if (!Number.isFinite(error)) return control.nonFinite;
  const ideal = control.safety * pow(error, -exponent(ensemble));
  return Math.min(control.grow, Math.max(control.shrink, ideal));
}

/** Tests a run for convergence: at every doubling of time its state is compared with that at the doubling before; see `control.converged`. */
export class Convergence {
  private readonly kept: Flowing;
  private time = 0;

  constructor(
    private readonly ensemble: Ensemble,
    start: Flowing,
  ) {
    this.kept = copyOf(start);
  }

  /** Whether the run has converged, given its state after each step. */
  isReached(time: number, state: Flowing): boolean {
    if (time < 2 * this.time) return false;
    const reached = this.time > 0 && this.isAtRest(state); // which leaves the difference in `kept`
    this.time = time;
    assign(this.kept, state);
    return reached;
  }

  private isAtRest(state: Flowing): boolean {
    const { rtol, atol } = control.convergedWithin;
    const own = tolerancesOf(this.ensemble);
    const within = { rtol: Math.min(rtol, own.rtol), atol: Math.min(atol, own.atol) };
    return errorNorm(this.ensemble, within, state, subtractFrom(state, this.kept)) <= control.converged;
  }
}
