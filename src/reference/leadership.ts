import { none } from "../model/columns.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { normalizers } from "../model/normalizers.ts";
import type { Field } from "./field.ts";
import { largestOf, leader } from "./observables.ts";
import type { Step } from "./rungeKutta.ts";
import type { Flowing } from "./state.ts";

/** The part of a step on each side of an event in which its slope is measured. */
const slopeWithin = 1e-3;

/** By how much a token's magnitude exceeds all others, relative to the largest. */
function aheadOf(weights: Float64Array, token: number): number {
  let others = 0;
  for (let i = 0; i < weights.length; i++) if (i !== token) others = Math.max(others, Math.abs(weights[i] as number));
  const own = Math.abs(weights[token] as number);
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
  /** The state inside a step, and its weights. Of the values only what the weights need. */
  private readonly inside: Flowing;
  private readonly weights: Float64Array;
  private readonly magnitudes: Float64Array;
  /** Whether weights are shares, so that Σ|p| = 1. */
  private readonly shares: boolean;

  constructor(private readonly field: Field) {
    const { ensemble } = field;
    this.probes = isAdaptive(ensemble.integrator) ? control.probes : 1;
    this.inside = { logits: new Float64Array(ensemble.tokens), values: new Float64Array(field.valuesForWeights) };
    this.weights = new Float64Array(ensemble.tokens);
    this.magnitudes = new Float64Array(ensemble.tokens);
    this.shares = normalizers[ensemble.normalizer.kind].shares;
  }

  /** Takes the weights at the start. */
  start(weights: Float64Array): void {
    this.follow(this.leaderOf(weights));
    if (this.excess(weights) >= 0) this.polarizationTime = 0;
  }

  /**
   * Finds the events of a step. What differs from one probe to the next is located between them by bisection.
   * @param from the time at which the step began
   * @param atEnd the weights at its end
   */
  during(step: Step, from: number, atEnd: Float64Array): void {
    const { probes } = this;
    for (let probe = 1; probe <= probes; probe++) {
      const weights = probe === probes ? atEnd : this.weightsAt(step, probe / probes);
      const top = this.leaderOf(weights);
      const reached = Number.isNaN(this.polarizationTime) && this.excess(weights) >= 0;
      if (top !== none && top !== this.lead) {
        if (this.lead !== none)
          this.locate(
            "lockInTime",
            { step, from, probe },
            (p) => this.leaderOf(p) === top,
            (p) => aheadOf(p, top),
          );
        this.follow(top);
      }
      if (reached)
        this.locate(
          "polarizationTime",
          { step, from, probe },
          (p) => this.excess(p) >= 0,
          (p) => this.excess(p) / largestOf(p),
        );
    }
  }

  /**
   * Locates an event between a probe and the one before.
   * @param size what grows through 0 at the event, relative to the largest weight
   */
  private locate(
    event: keyof Leadership["slopes"],
    { step, from, probe }: { step: Step; from: number; probe: number },
    happened: (weights: Float64Array) => boolean,
    size: (weights: Float64Array) => number,
  ): void {
    const { probes } = this;
    const ends = [(probe - 1) / probes, probe / probes] as const;
    let [before, after] = ends;
    for (let i = 0; i < 40; i++) {
      const middle = (before + after) / 2;
      if (happened(this.weightsAt(step, middle))) after = middle;
      else before = middle;
    }
    this[event] = from + after * step.length;
    this.intervals[event] = step.length / probes;
    const [low, high] = [Math.max(ends[0], after - slopeWithin), Math.min(ends[1], after + slopeWithin)];
    this.slopes[event] = (size(this.weightsAt(step, high)) - size(this.weightsAt(step, low))) / ((high - low) * step.length);
  }

  /** The weights at the part θ of a step. They are valid until the next call. */
  private weightsAt(step: Step, theta: number): Float64Array {
    step.at(theta, this.inside);
    return this.field.weightsOf(this.inside, this.weights);
  }

  /** The token of the largest |p_i|, if there is one. */
  private leaderOf(weights: Float64Array): number {
    const { magnitudes } = this;
    for (let i = 0; i < weights.length; i++) magnitudes[i] = Math.abs(weights[i] as number);
    return leader(magnitudes, true);
  }

  private follow(token: number): void {
    this.lead = token;
    if (token !== none) this.leaders.push(token);
  }

  /** By how much the largest share exceeds the threshold, times Σ|p|; NaN where there are no shares. */
  private excess(weights: Float64Array): number {
    const largest = largestOf(weights);
    let total = 1;
    if (!this.shares) {
      total = 0;
      for (let i = 0; i < weights.length; i++) total += Math.abs(weights[i] as number);
    }
    return largest > 0 ? largest - this.field.ensemble.polarizedAt * total : Number.NaN;
  }
}
