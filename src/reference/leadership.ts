import { none } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { normalizers } from "../model/normalizers.ts";
import type { Field } from "./field.ts";
import { leader } from "./observables.ts";
import type { Flowing } from "./state.ts";
import type { Step } from "./steps/step.ts";

/** Events of one run: which token leads, since when, and when the largest share reached the threshold. */
export class Leadership {
  /** When the leading token last changed; 0 if it never did. */
  lockInTime = 0;
  /** When the largest share first reached the threshold. */
  polarizationTime = Number.NaN;
  private lead = none;
  private readonly ensemble: Ensemble;
  private readonly field: Field;
  /** In how many places of a step events are looked for, evenly spaced up to its end. */
  private readonly probes: number;
  /** The state at a probe. Of the values only what the weights need. */
  private readonly inside: Flowing;

  constructor(ensemble: Ensemble, field: Field) {
    this.ensemble = ensemble;
    this.field = field;
    this.probes = isAdaptive(ensemble.integrator) ? control.probes : 1;
    this.inside = { logits: new Float64Array(ensemble.tokens), values: new Float64Array(field.valuesForWeights) };
  }

  /** Takes in the weights at the start. */
  start(weights: Float64Array): void {
    this.lead = leader(weights.map(Math.abs), true);
    if (this.excess(weights) >= 0) this.polarizationTime = 0;
  }

  /** Finds the events of a step that began at the time `from`: what changed before a probe is located by bisection. `atEnd` are the weights at its end. */
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
    const { normalizer, polarizedAt } = this.ensemble;
    const magnitudes = weights.map(Math.abs);
    const largest = Math.max(...magnitudes);
    const total = normalizers[normalizer.kind].shares ? 1 : magnitudes.reduce((sum, p) => sum + p, 0);
    return largest > 0 ? largest - polarizedAt * total : Number.NaN;
  }
}
