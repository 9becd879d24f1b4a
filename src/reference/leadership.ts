import { none } from "../model/columns.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { normalizerRow } from "../model/normalizers.ts";
import type { Field } from "./field.ts";
import { leader } from "./observables.ts";
import type { Step } from "./rungeKutta.ts";
import type { Flowing } from "./state.ts";

/** The part of a step on each side of an event in which its slope is measured. */
const slopeWithin = 1e-3;

/** By how much a token's magnitude exceeds all others, relative to the largest. */
function aheadOf(magnitudes: Float64Array, token: number): number {
  const others = magnitudes.reduce((largest, x, i) => (i === token ? largest : Math.max(largest, x)), 0);
  const own = magnitudes[token] as number;
  return (own - others) / Math.max(own, others);
}

/** Events of one run: changes of the leading token, and the time at which the largest share first reaches the threshold `polarizedAt`. */
export class Leadership {
  /** Time of the last change of the leading token; 0 if it never changed. */
  lockInTime = 0;
  /** Time at which the largest share first reached the threshold; NaN if it never did. */
  polarizationTime = Number.NaN;
  /** The tokens that have led, one after another. */
  readonly leaders: number[] = [];
  /** How fast, at the times of these events, the lead grew or the largest share, relative to the largest weight, per unit of time. */
  readonly slopes = { lockInTime: Number.NaN, polarizationTime: Number.NaN };
  /** The time between the two probes that had these events between them. */
  readonly intervals = { lockInTime: 0, polarizationTime: 0 };
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
    this.follow(leader(weights.map(Math.abs), true));
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
      const locate = (event: keyof Leadership["slopes"], happened: (p: Float64Array) => boolean, size: (p: Float64Array) => number) => {
        const ends = [(probe - 1) / probes, probe / probes] as const;
        let [before, after] = ends;
        for (let i = 0; i < 40; i++) {
          const middle = (before + after) / 2;
          if (happened(weightsAt(middle))) after = middle;
          else before = middle;
        }
        this[event] = from + after * step.length;
        this.intervals[event] = step.length / probes;
        const [low, high] = [Math.max(ends[0], after - slopeWithin), Math.min(ends[1], after + slopeWithin)];
        this.slopes[event] = (size(weightsAt(high)) - size(weightsAt(low))) / ((high - low) * step.length);
      };
      const top = leader(weights.map(Math.abs), true);
      const reached = Number.isNaN(this.polarizationTime) && this.excess(weights) >= 0;
      if (top !== none && top !== this.lead) {
        if (this.lead !== none)
          locate(
            "lockInTime",
            (p) => leader(p.map(Math.abs), true) === top,
            (p) => aheadOf(p.map(Math.abs), top),
          );
        this.follow(top);
      }
      if (reached)
        locate(
          "polarizationTime",
          (p) => this.excess(p) >= 0,
          (p) => this.excess(p) / Math.max(...p.map(Math.abs)),
        );
    }
  }

  private follow(token: number): void {
    this.lead = token;
    if (token !== none) this.leaders.push(token);
  }

  /** By how much the largest share exceeds the threshold, times Σ|p|; NaN where there are no shares. */
  private excess(weights: Float64Array): number {
    const { normalizer, polarizedAt } = this.field.ensemble;
    const magnitudes = weights.map(Math.abs);
    const largest = Math.max(...magnitudes);
    const total = normalizerRow(normalizer).shares ? 1 : magnitudes.reduce((sum, p) => sum + p, 0);
    return largest > 0 ? largest - polarizedAt * total : Number.NaN;
  }
}
