import { none } from "../model/columns.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { normalizers } from "../model/normalizers.ts";
import type { Field } from "./field.ts";
import { leader } from "./observables.ts";
import type { Step } from "./rungeKutta.ts";
import type { Flowing } from "./state.ts";

/** Events of one run: changes of the leading token, and the time at which the largest share first reaches the threshold `polarizedAt`. */
export class Leadership {
  /** Time of the last change of the leading token; 0 if it never changed. */
  lockInTime = 0;
  /** Time at which the largest share first reached the threshold; NaN if it never did. */
  polarizationTime = Number.NaN;
  private lead = none;
  /** Number of probes in a step, evenly spaced up to its end. */
  private readonly probes: number;
  /** The state inside a step. Of the values only what the weights need. */
  private readonly inside: Flowing;

  constructor(private readonly field: Field) {
    const { ensemble } = field;
    this.probes = isAdaptive(ensemble.integrator) ? control.probes : 1;
    this.inside = { logits: new Float64Array(ensemble.tokens), values: new Float64Array(field.valuesForWeights) };
  }

  /** Takes the weights at the start. */
  start(weights: Float64Array): void {
    this.lead = leader(weights.map(Math.abs), true);
    if (this.excess(weights) >= 0) this.polarizationTime = 0;
  }

  /**
   * Finds the events of a step. What differs from one probe to the next is located between them by bisection.
   * @param from the time at which the step began
   * @param atEnd the weights at its end
   */
  during(step: Step, from: number, atEnd: Float64Array): void {
    const { probes } = this;
    const weightsAt = (theta: number) => {
      step.at(theta, this.inside);
      return this.field.weightsOf(this.inside);
    };
    for (let probe = 1; probe <= probes; probe++) {
      const weights = probe === probes ? atEnd : weightsAt(probe / probes);
      const firstTime = (happened: (weights: Float64Array) => boolean) => {
        let [before, after] = [(probe - 1) / probes, probe / probes];
        for (let i = 0; i < 40; i++) {
          const middle = (before + after) / 2;
          if (happened(weightsAt(middle))) after = middle;
          else before = middle;
        }
        return from + after * step.length;
      };
      const top = leader(weights.map(Math.abs), true);
      const reached = Number.isNaN(this.polarizationTime) && this.excess(weights) >= 0;
      if (top !== none && top !== this.lead) {
        if (this.lead !== none) this.lockInTime = firstTime((p) => leader(p.map(Math.abs), true) === top);
        this.lead = top;
      }
      if (reached) this.polarizationTime = firstTime((p) => this.excess(p) >= 0);
    }
  }

  /** By how much the largest share exceeds the threshold, times Σ|p|; NaN where there are no shares. */
  private excess(weights: Float64Array): number {
    const { normalizer, polarizedAt } = this.field.ensemble;
    const magnitudes = weights.map(Math.abs);
    const largest = Math.max(...magnitudes);
    const total = normalizers[normalizer.kind].shares ? 1 : magnitudes.reduce((sum, p) => sum + p, 0);
    return largest > 0 ? largest - polarizedAt * total : Number.NaN;
  }
}
