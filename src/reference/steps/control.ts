import type { Ensemble } from "../../model/ensemble.ts";
import { control } from "../../model/integrators.ts";
import type { Evaluation, Field } from "../field.ts";
import { assign, copyOf, type Flowing } from "../state.ts";
import { errorNorm, tolerancesOf } from "./norm.ts";

/**
 * The first step to try from a state: Hairer, Nørsett, Wanner I, II.4, with the exponent of the error estimate.
 * @param longest what the step must not exceed
 */
export function firstStep(ensemble: Ensemble, field: Field, start: Evaluation, longest: number, errorOrder: number): number {
  const { state } = start;
  const norm = (f: (part: keyof Flowing, at: number) => number) => errorNorm(ensemble, tolerancesOf(ensemble), state, f);
  const slope = copyOf(state);
  start.slopes(slope);
  const size = norm((part, at) => state[part][at] as number);
  const speed = norm((part, at) => slope[part][at] as number);
  const probe = Math.min(size < 1e-5 || speed < 1e-5 || !Number.isFinite(speed) ? 1e-6 : (0.01 * size) / speed, longest);
  const ahead = copyOf(state);
  for (const part of ["logits", "values"] as const)
    for (let i = 0; i < ahead[part].length; i++) ahead[part][i] = (state[part][i] as number) + probe * (slope[part][i] as number);
  const slopeAhead = copyOf(state);
  field.at(ahead).slopes(slopeAhead);
  const bend = norm((part, at) => (slopeAhead[part][at] as number) - (slope[part][at] as number)) / probe;
  const largest = Math.max(speed, bend);
  const h = largest <= 1e-15 ? Math.max(1e-6, probe * 1e-3) : (0.01 / largest) ** (1 / (errorOrder + 1));
  return Math.min(100 * probe, Number.isFinite(h) && h > 0 ? h : probe, longest);
}

/** The factor from the length of a step with this scaled error to the length of the next: see `control`. */
export function stepFactor(error: number, errorOrder: number): number {
  if (!Number.isFinite(error)) return control.nonFinite;
  const ideal = control.safety * error ** (-1 / (errorOrder + 1));
  return Math.min(control.grow, Math.max(control.shrink, ideal));
}

/** Tests a run for convergence: at every doubling of time its state is compared with that at the doubling before; see `control.converged`. */
export class Convergence {
  private readonly ensemble: Ensemble;
  private readonly kept: Flowing;
  private time = 0;

  constructor(ensemble: Ensemble, start: Flowing) {
    this.ensemble = ensemble;
    this.kept = copyOf(start);
  }

  /** Whether the run has converged, given its state after each step. */
  isReached(time: number, state: Flowing): boolean {
    if (time < 2 * this.time) return false;
    const reached = this.time > 0 && this.isAtRest(state);
    this.time = time;
    assign(this.kept, state);
    return reached;
  }

  private isAtRest(state: Flowing): boolean {
    const { rtol, atol } = control.convergedWithin;
    const own = tolerancesOf(this.ensemble);
    const within = { rtol: Math.min(rtol, own.rtol), atol: Math.min(atol, own.atol) };
    const moved = (part: keyof Flowing, at: number) => (state[part][at] as number) - (this.kept[part][at] as number);
    return errorNorm(this.ensemble, within, state, moved) <= control.converged;
  }
}
