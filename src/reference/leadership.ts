import { normalizers } from "../model/normalizers.ts";
import type { Point } from "../model/point.ts";
import { none } from "../model/rows.ts";
import type { Field } from "./field.ts";
import { leader } from "./observables.ts";
import type { Flowing } from "./stepper.ts";

/** Which token leads, since when, and when the largest share reached the threshold, along one run. */
export class Leadership {
  lockInTime = 0;
  /** NaN until it is reached. */
  polarizationTime = Number.NaN;
  private lead = none;
  private readonly point: Point;
  private between: Flowing | undefined;

  constructor(point: Point) {
    this.point = point;
  }

  /** The weights at the start. */
  begin(weights: Float64Array): void {
    this.lead = leader(weights.map(Math.abs), true);
    if (this.excess(weights) >= 0) this.polarizationTime = 0;
  }

  /**
   * Looks at `places` places of a step, evenly spaced up to its end, and finds what changed before one of them by bisection.
   * `inside` is the step's dense output; the field's last `forward` was at its end.
   */
  look(field: Field, inside: (theta: number, out: Flowing) => void, places: number, from: number, length: number): void {
    this.between ??= { logits: new Float64Array(this.point.tokens), values: new Float64Array(field.valuesForWeights) };
    const { between } = this;
    const weightsAt = (theta: number) => {
      inside(theta, between);
      return field.weightsOf(between);
    };
    for (let place = 1; place <= places; place++) {
      const weights = place === places ? field.weights : weightsAt(place / places);
      const since = (happened: (weights: Float64Array) => boolean) => {
        let [before, after] = [(place - 1) / places, place / places];
        for (let i = 0; i < 40; i++) {
          const middle = (before + after) / 2;
          if (happened(weightsAt(middle))) after = middle;
          else before = middle;
        }
        return from + after * length;
      };
      const top = leader(weights.map(Math.abs), true);
      const reached = Number.isNaN(this.polarizationTime) && this.excess(weights) >= 0;
      if (top !== none && top !== this.lead) {
        if (this.lead !== none) this.lockInTime = since((p) => leader(p.map(Math.abs), true) === top);
        this.lead = top;
      }
      if (reached) this.polarizationTime = since((p) => this.excess(p) >= 0);
    }
  }

  /** By how much the largest share is over the threshold, times Σ|p|; negative where there are no shares. */
  private excess(weights: Float64Array): number {
    const { normalizer, polarizedAt } = this.point;
    const magnitudes = weights.map(Math.abs);
    const largest = Math.max(...magnitudes);
    const total = normalizers[normalizer.kind].shares ? 1 : magnitudes.reduce((sum, p) => sum + p, 0);
    return largest > 0 ? largest - polarizedAt * total : -1;
  }
}
