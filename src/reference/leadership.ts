import { type Event, hasColumn, none } from "../model/columns.ts";
import { tippingShare } from "../model/ensemble.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { log } from "../model/mathematics.ts";
import { normalizers } from "../model/normalizers.ts";
import type { Evaluation, Field } from "./field.ts";
import { dot } from "./linear.ts";
import { leader, valueNorms } from "./observables.ts";
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

/** The events that are the first time at which something is reached, and so happen once. */
const thresholds = ["polarizationTime", "tippingTime", "timeToLoss"] as const;
type Threshold = (typeof thresholds)[number];

/**
 * Events of one run: changes of the leading token; the time at which the largest share first reaches the threshold `polarizedAt`; and where the
 * specification asks for them, those at which it first exceeds twice uniform, and at which the loss first falls to `record.lossAt`.
 */
export class Leadership {
  /** The time of each: of the last change of the leading token, 0 if it never changed; of the others, NaN if it never came. */
  readonly times: Record<Event, number> = { ...each(Number.NaN), lockInTime: 0 };
  /** The tokens that have led, one after another. */
  readonly leaders: number[] = [];
  /**
   * How fast, at these times, the lead or the share grew, relative to the largest weight, or the loss fell, relative to itself, per unit of
   * flow time.
   */
  readonly slopes = each(Number.NaN);
  /** The time between the two probes that had these events between them. */
  readonly intervals = each(0);
  /** By how much a relative error of the terms of the output moves what crosses there, relative to its size: 1 for a share. */
  readonly sensitivities = each(1);
  private lead = none;
  /** Number of probes in a step, evenly spaced up to its end. */
  private readonly probes: number;
  /** Thresholds that have not been reached. */
  private open: Threshold[];
  /** The state inside a step. Without a loss to look at, of the values only what the weights need. */
  private readonly inside: Flowing;
  private readonly evaluation: Evaluation | undefined;

  constructor(private readonly field: Field) {
    const { ensemble } = field;
    const { tokens: n, dim: d, record } = ensemble;
    this.probes = isAdaptive(ensemble.integrator) ? control.probes : 1;
    this.open = thresholds.filter((name) => hasColumn(ensemble, name));
    const followsLoss = record.lossAt !== undefined;
    this.inside = { logits: new Float64Array(n), values: new Float64Array(followsLoss ? n * d : field.valuesForWeights) };
    this.evaluation = followsLoss ? field.at({ logits: this.inside.logits, values: this.inside.values }) : undefined;
  }

  /** Takes the state at the start. */
  start(here: Evaluation): void {
    this.follow(leader(here.weights.map(Math.abs), true));
    this.open = this.open.filter((name) => {
      if (!this.isReached(name, here)) return true;
      this.times[name] = 0;
      return false;
    });
  }

  /**
   * Finds the events of a step. What differs from one probe to the next is located between them by bisection.
   * @param from the time at which the step began
   * @param atEnd the state at its end
   */
  during(step: Step, from: number, atEnd: Evaluation): void {
    const { probes } = this;
    const at = (theta: number): Seen => {
      step.at(theta, this.inside);
      return this.evaluation ? this.field.at(this.inside, this.evaluation) : { weights: this.field.weightsOf(this.inside) };
    };
    for (let probe = 1; probe <= probes; probe++) {
      const locate = (event: Event, happened: (seen: Seen) => boolean, size: (seen: Seen) => number) => {
        const ends = [(probe - 1) / probes, probe / probes] as const;
        let [before, after] = ends;
        for (let i = 0; i < 40; i++) {
          const middle = (before + after) / 2;
          if (happened(at(middle))) after = middle;
          else before = middle;
        }
        this.times[event] = from + after * step.length;
        this.intervals[event] = step.length / probes;
        const [low, high] = [Math.max(ends[0], after - slopeWithin), Math.min(ends[1], after + slopeWithin)];
        const rise = size(at(high)) - size(at(low));
        this.slopes[event] = rise / ((high - low) * step.length);
        if (event === "timeToLoss") this.sensitivities[event] = sensitivityOf(at(after) as Evaluation);
      };
      const seen = probe === probes ? atEnd : at(probe / probes);
      const top = leader(seen.weights.map(Math.abs), true);
      const reached = this.open.filter((name) => this.isReached(name, seen));
      this.open = this.open.filter((name) => !reached.includes(name));
      if (top !== none && top !== this.lead) {
        if (this.lead !== none)
          locate(
            "lockInTime",
            ({ weights }) => leader(weights.map(Math.abs), true) === top,
            ({ weights }) => aheadOf(weights.map(Math.abs), top),
          );
        this.follow(top);
      }
      for (const name of reached)
        locate(
          name,
          (p) => this.isReached(name, p),
          (p) => this.sizeOf(name, p),
        );
    }
  }

  private follow(token: number): void {
    this.lead = token;
    if (token !== none) this.leaders.push(token);
  }

  private isReached(name: Threshold, seen: Seen): boolean {
    if (name === "timeToLoss") return (seen as Evaluation).loss() <= (this.field.ensemble.record.lossAt as number);
    const excess = this.excess(name, seen.weights);
    return name === "polarizationTime" ? excess >= 0 : excess > 0;
  }

  /** What grows through 0 where a threshold is reached, relatively. */
  private sizeOf(name: Threshold, seen: Seen): number {
    if (name === "timeToLoss") return -log((seen as Evaluation).loss() / (this.field.ensemble.record.lossAt as number));
    return this.excess(name, seen.weights) / Math.max(...seen.weights.map(Math.abs));
  }

  /** By how much the largest share exceeds a threshold, times Σ|p|; NaN where there are no shares. */
  private excess(name: Threshold, weights: Float64Array): number {
    const { ensemble } = this.field;
    const magnitudes = weights.map(Math.abs);
    const largest = Math.max(...magnitudes);
    const total = normalizers[ensemble.normalizer.kind].shares ? 1 : magnitudes.reduce((sum, p) => sum + p, 0);
    return largest > 0 ? largest - (name === "tippingTime" ? tippingShare(ensemble) : ensemble.polarizedAt) * total : Number.NaN;
  }
}

/** What an event is seen by: with a loss to look at, all of a state. */
type Seen = Pick<Evaluation, "weights"> | Evaluation;

function each(x: number): Record<Event, number> {
  return { lockInTime: x, polarizationTime: x, tippingTime: x, timeToLoss: x };
}

/** By how much a relative error of the terms p_i·v_i of the output moves the loss, relative to it: ‖∇L(y)‖·Σ |p_i|·‖v_i‖/L. */
function sensitivityOf(here: Evaluation): number {
  const norms = valueNorms(here.state.values, here.weights.length);
  const terms = here.weights.reduce((sum, p, i) => sum + Math.abs(p) * (norms[i] as number), 0);
  return (Math.sqrt(dot(here.gradient, here.gradient)) * terms) / here.loss();
}
