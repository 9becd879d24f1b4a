import { type Event, hasColumn, none } from "../model/columns.ts";
import { tippingShare } from "../model/ensemble.ts";
import { control, isAdaptive } from "../model/integrators.ts";
import { log } from "../model/mathematics.ts";
import { normalizerRow } from "../model/normalizers.ts";
import type { Evaluation, Field } from "./field.ts";
import { dot } from "./linear.ts";
import { largestAt, largestOf, valueNorms } from "./observables.ts";
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

/** The events that are the first time at which something is reached, and so happen once. */
const thresholds = ["polarizationTime", "tippingTime", "timeToLoss"] as const;
type Threshold = (typeof thresholds)[number];
const nothing: readonly Threshold[] = [];

/** The token of the largest |p_i|, if there is one. */
const leaderOf = (weights: Float64Array): number => largestAt(weights, true);

/** What an event is seen by: the weights, or where there is a loss to look at, all of a state. */
type Seen = Pick<Evaluation, "weights"> | Evaluation;

const each = <T>(x: T): Record<Event, T> => ({ lockInTime: x, polarizationTime: x, tippingTime: x, timeToLoss: x });

/** By how much a relative error of the terms p_i·v_i of the output moves the loss, relative to it: ‖∇L(y)‖·Σ |p_i|·‖v_i‖/L. */
function sensitivityOf(here: Evaluation): number {
  const norms = valueNorms(here.state.values, here.weights.length);
  const terms = here.weights.reduce((sum, p, i) => sum + Math.abs(p) * (norms[i] as number), 0);
  return (Math.sqrt(dot(here.gradient, here.gradient)) * terms) / here.loss();
}

/**
 * Events of one run: changes of the leading token; the time at which the largest share first reaches the threshold `polarizedAt`; and where the
 * specification asks for them, those at which it first exceeds twice uniform, and at which the loss first falls to `record.lossAt`.
 */
export class Leadership {
  /** The time of each: of the last change of the leading token, 0 if it never changed; of the others, NaN if it never came. */
  readonly times: Record<Event, number> = { ...each(Number.NaN), lockInTime: 0 };
  /** The tokens that have led, one after another. */
  readonly leaders: number[] = [];
  /** How fast, at these times, the lead grew or the share, relative to the largest weight, or the loss fell, relative to itself, per unit of time. */
  readonly slopes = each<number>(Number.NaN);
  /** The time between the two probes that had these events between them. */
  readonly intervals = each(0);
  /** By how much a relative error of the terms of the output moves what crosses there, relative to its size: 1 for a share. */
  readonly sensitivities = each(1);
  /**
   * With adaptive steps: whether a weight became 0 or came back before these events, or up to `horizons`; of one that never came, before the end. There the slope of
   * the logits jumps, and the steps that pass it are off by more.
   */
  readonly jumped = each(false);
  /** Up to when a step of a device that has the event in it may last: ten times as long as that of the reference, as the controller lets the next step grow. */
  private readonly horizons = each(Number.POSITIVE_INFINITY);
  private hasJumped = false;
  /** Which weights were 0 at the last probe. */
  private readonly outside: Uint8Array | undefined;
  private lead = none;
  /** Number of probes in a step, evenly spaced up to its end. */
  private readonly probes: number;
  /** Thresholds that were not reached yet. */
  private open: Threshold[];
  /** The state inside a step, and its weights. Of the values only what the weights need, unless there is a loss to look at. */
  private readonly inside: Flowing;
  private readonly weights: Float64Array;
  private readonly evaluation: Evaluation | undefined;
  /** Whether weights are shares, so that Σ|p| = 1. */
  private readonly shares: boolean;

  constructor(private readonly field: Field) {
    const { ensemble } = field;
    const { tokens: n, dim: d, record } = ensemble;
    this.probes = isAdaptive(ensemble.integrator) ? control.probes : 1;
    this.open = thresholds.filter((name) => hasColumn(ensemble, name));
    const hasLoss = record.lossAt !== undefined;
    this.inside = { logits: new Float64Array(n), values: new Float64Array(hasLoss ? n * d : field.valuesForWeights) };
    this.evaluation = hasLoss ? field.at(this.inside) : undefined;
    this.weights = new Float64Array(n);
    this.outside = isAdaptive(ensemble.integrator) ? new Uint8Array(n) : undefined;
    this.shares = normalizerRow(ensemble.normalizer).shares;
  }

  /** Takes the state at the start. */
  start(here: Evaluation): void {
    this.follow(leaderOf(here.weights));
    this.changesSupport(here);
    for (const name of this.newlyReached(here)) this.times[name] = 0;
  }

  /** Whether nothing happens up to this state that has not happened yet, where the steps are those of a fixed length: it is the one probe of its step. */
  isQuiet(seen: Evaluation): boolean {
    const top = leaderOf(seen.weights);
    if (top !== none && top !== this.lead) return false;
    for (const name of this.open) if (this.isReached(name, seen)) return false;
    return true;
  }

  /**
   * Finds the events of a step. What differs from one probe to the next is located between them by bisection.
   * @param from the time at which the step began
   * @param atEnd the state at its end
   */
  during(step: Step, from: number, atEnd: Evaluation): void {
    const { probes } = this;
    for (let probe = 1; probe <= probes; probe++) {
      const seen = probe === probes ? atEnd : this.seenAt(step, probe / probes);
      const top = leaderOf(seen.weights);
      const reached = this.newlyReached(seen);
      if (this.changesSupport(seen)) this.jump(from);
      if (top !== none && top !== this.lead) {
        if (this.lead !== none)
          this.locate(
            "lockInTime",
            { step, from, probe },
            ({ weights }) => leaderOf(weights) === top,
            ({ weights }) => aheadOf(weights, top),
          );
        this.follow(top);
      }
      for (const name of reached)
        this.locate(
          name,
          { step, from, probe },
          (inside) => this.isReached(name, inside),
          (inside) => this.sizeOf(name, inside),
        );
    }
  }

  /**
   * Locates an event between a probe and the one before.
   * @param size what grows through 0 at the event, relatively
   */
  private locate(
    event: Event,
    { step, from, probe }: { step: Step; from: number; probe: number },
    happened: (seen: Seen) => boolean,
    size: (seen: Seen) => number,
  ): void {
    const { probes } = this;
    const ends = [(probe - 1) / probes, probe / probes] as const;
    let [before, after] = ends;
    for (let i = 0; i < 40; i++) {
      const middle = (before + after) / 2;
      if (happened(this.seenAt(step, middle))) after = middle;
      else before = middle;
    }
    this.times[event] = from + after * step.length;
    this.jumped[event] = this.hasJumped;
    this.horizons[event] = from + control.grow * step.length;
    this.intervals[event] = step.length / probes;
    const [low, high] = [Math.max(ends[0], after - slopeWithin), Math.min(ends[1], after + slopeWithin)];
    this.slopes[event] = (size(this.seenAt(step, high)) - size(this.seenAt(step, low))) / ((high - low) * step.length);
    if (event === "timeToLoss") this.sensitivities[event] = sensitivityOf(this.seenAt(step, after) as Evaluation);
  }

  /** Whether a weight has become 0, or come back, since the last call. */
  private changesSupport({ weights }: Seen): boolean {
    const { outside } = this;
    let changes = false;
    for (let i = 0; outside && i < weights.length; i++) {
      const isOutside = Number(weights[i] === 0);
      changes ||= isOutside !== outside[i];
      outside[i] = isOutside;
    }
    return changes;
  }

  /** Notes a jump in a step that began at this time. */
  private jump(from: number): void {
    this.hasJumped = true;
    for (const [event, horizon] of Object.entries(this.horizons)) if (from < horizon) this.jumped[event as Event] = true;
  }

  /** The state at the part θ of a step. It is valid until the next call. */
  private seenAt(step: Step, theta: number): Seen {
    step.at(theta, this.inside);
    if (this.evaluation) return this.field.at(this.inside, this.evaluation);
    return { weights: this.field.weightsOf(this.inside, this.weights) };
  }

  private follow(token: number): void {
    this.lead = token;
    if (token !== none) this.leaders.push(token);
  }

  /** The thresholds that are reached now and were not before. */
  private newlyReached(seen: Seen): readonly Threshold[] {
    let reached = nothing;
    for (const name of this.open) if (this.isReached(name, seen)) reached = [...reached, name];
    if (reached.length > 0) this.open = this.open.filter((name) => !reached.includes(name));
    return reached;
  }

  private isReached(name: Threshold, seen: Seen): boolean {
    if (name === "timeToLoss") return (seen as Evaluation).loss() <= (this.field.ensemble.record.lossAt as number);
    const excess = this.excess(name, seen.weights);
    return name === "polarizationTime" ? excess >= 0 : excess > 0;
  }

  /** What grows through 0 where a threshold is reached, relatively. */
  private sizeOf(name: Threshold, seen: Seen): number {
    if (name === "timeToLoss") return -log((seen as Evaluation).loss() / (this.field.ensemble.record.lossAt as number));
    return this.excess(name, seen.weights) / largestOf(seen.weights);
  }

  /** By how much the largest share exceeds a threshold, times Σ|p|; NaN where there are no shares. */
  private excess(name: Threshold, weights: Float64Array): number {
    const { ensemble } = this.field;
    const largest = largestOf(weights);
    let total = 1;
    if (!this.shares) {
      total = 0;
      for (let i = 0; i < weights.length; i++) total += Math.abs(weights[i] as number);
    }
    const threshold = name === "tippingTime" ? tippingShare(ensemble) : ensemble.polarizedAt;
    return largest > 0 ? largest - threshold * total : Number.NaN;
  }
}
