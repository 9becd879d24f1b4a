import { hasClock, type Point } from "../model/point.ts";
import { type Column, isSound, none, type Rows, type Status, statuses } from "../model/rows.ts";
import { Distribution, resolution } from "./distribution.ts";
import { type Proportion, proportion } from "./proportion.ts";
import type { Quantiles } from "./quantiles.ts";
import { type Uniformity, uniformity } from "./uniformity.ts";

/** What an ensemble says, as in the JSON. What could not be computed is absent. */
export interface Summary {
  runs: number;
  status: Record<Status, number>;
  /** Accepted steps; and how many trials a run were rejected, on average. */
  steps?: { mean: number; max: number; rejected: number };
  sink: {
    counts: number[];
    negativeWeight: number;
    share?: number[];
    interval?: [number, number][];
    uniformity?: Uniformity;
  };
  sinkShare?: Quantiles;
  shortfall?: Quantiles;
  entropy?: Quantiles;
  initialEntropy?: Quantiles;
  effectiveTokens?: Quantiles;
  loss?: Quantiles;
  polarized?: Proportion;
  polarizationTime?: Quantiles;
  lockInTime?: Quantiles;
  /** Natural logarithm of the flow time at the end, with `until: {clock}`. */
  logTime?: Quantiles;
  massiveActivation: Partial<Record<"sinkNorm" | "normRatio" | "largestValue" | "largestLogit" | "logitGap", Quantiles>>;
  predictors: { logit?: Proportion; alignment?: Proportion; absAlignment?: Proportion; valueNorm?: Proportion };
  /**
   * What quantiles may be off by, relatively (those of effectiveTokens: their logarithms); mean, min and max are exact. Absent
   * where all are.
   */
  quantileResolution?: number;
}

/** The columns of which there are quantiles. */
const measured = [
  "sinkShare",
  "shortfall",
  "entropy",
  "initialEntropy",
  "loss",
  "polarizationTime",
  "lockInTime",
  "logTime",
  "sinkNorm",
  "normRatio",
  "largestValue",
  "largestLogit",
  "logitGap",
] as const satisfies readonly Column[];
type Measured = (typeof measured)[number];
const measuredOf = (point: Point): readonly Measured[] => measured.filter((name) => name !== "logTime" || hasClock(point));

const predictors = { logit: "byLogit", alignment: "byAlignment", absAlignment: "byAbsAlignment", valueNorm: "byValueNorm" } as const;
type Predictor = keyof typeof predictors;
const predictorNames = Object.keys(predictors) as Predictor[];

/**
 * Most bytes of numbers that are held for exact quantiles: those of 5.5 million runs of a device, of half as many of the CPU
 * engine. (With twice as much, ten million runs took 0.98 GB in all on a software driver.)
 */
const mostHeld = 2 ** 28;

/**
 * What an ensemble says, from its rows as they come, in the order of its runs: so it does not depend on how they were cut
 * into batches, and no rows are held, only the columns that have quantiles.
 */
export class Summarizer {
  private readonly point: Point;
  private readonly bytes: number;
  private distributions: Partial<Record<Measured, Distribution>> | undefined;
  private isExact = true;
  private readonly status: Record<Status, number>;
  private readonly counts: number[];
  private readonly led = Object.fromEntries(predictorNames.map((name) => [name, { present: 0, right: 0 }])) as Record<
    Predictor,
    { present: number; right: number }
  >;
  private negativeWeight = 0;
  private sound = 0;
  private steps = 0;
  private mostSteps = 0;
  private rejected = 0;
  private effectiveTokens = 0;

  /** @param bytes most that are held for exact quantiles */
  constructor(point: Point, bytes = mostHeld) {
    this.point = point;
    this.bytes = bytes;
    this.status = Object.fromEntries(Object.keys(statuses).map((name) => [name, 0])) as Record<Status, number>;
    this.counts = new Array<number>(point.tokens).fill(0);
  }

  add(rows: Rows): void {
    this.distributions ??= this.open(rows);
    const sound = this.soundRows(rows.status);
    this.sound += sound.length;
    this.countSinks(rows, sound);
    const { steps, rejected, entropy } = rows;
    let [taken, most, refused, effective] = [this.steps, this.mostSteps, this.rejected, this.effectiveTokens];
    for (let i = 0; i < sound.length; i++) {
      const run = sound[i] as number;
      const own = steps[run] as number;
      taken += own;
      if (own > most) most = own;
      refused += rejected[run] as number;
      const nats = entropy[run] as number;
      if (!Number.isNaN(nats)) effective += Math.exp(nats);
    }
    [this.steps, this.mostSteps, this.rejected, this.effectiveTokens] = [taken, most, refused, effective];
    for (const name of measuredOf(this.point)) this.distributions[name]?.add(rows[name], sound);
  }

  private countSinks({ sink: sinks, negative, ...rows }: Rows, sound: Uint32Array): void {
    const { counts } = this;
    for (let i = 0; i < sound.length; i++) {
      const run = sound[i] as number;
      const sink = sinks[run] as number;
      if (sink !== none) counts[sink] = (counts[sink] as number) + 1;
      this.negativeWeight += negative[run] as number;
    }
    for (const name of predictorNames) {
      const leads = rows[predictors[name]];
      let [present, right] = [0, 0];
      for (let i = 0; i < sound.length; i++) {
        const run = sound[i] as number;
        const lead = leads[run];
        const sink = sinks[run];
        if (lead === none || sink === none) continue;
        present++;
        if (lead === sink) right++;
      }
      this.led[name].present += present;
      this.led[name].right += right;
    }
  }

  private open(rows: Rows): Partial<Record<Measured, Distribution>> {
    const { runs } = this.point;
    const Numbers = rows.entropy instanceof Float64Array ? Float64Array : Float32Array;
    const names = measuredOf(this.point);
    this.isExact = names.length * runs * Numbers.BYTES_PER_ELEMENT <= this.bytes;
    const entries = names.map((name) => [name, new Distribution(this.isExact ? new Numbers(runs) : undefined)]);
    return Object.fromEntries(entries) as Partial<Record<Measured, Distribution>>;
  }

  /** Counts how runs ended; which of them ended soundly. */
  private soundRows(codes: ArrayLike<number>): Uint32Array {
    const ended = new Array<number>(Math.max(...Object.values(statuses)) + 1).fill(0);
    const sound = new Uint32Array(codes.length);
    let length = 0;
    for (let run = 0; run < codes.length; run++) {
      const code = codes[run] as number;
      ended[code] = (ended[code] as number) + 1;
      if (isSound(code)) sound[length++] = run;
    }
    for (const [name, code] of Object.entries(statuses)) this.status[name as Status] += ended[code] as number;
    return sound.subarray(0, length);
  }

  /** Has quantiles of many runs prepared by `find`, all columns at once; `summary` finds what was not, and numbers can't be added any more. */
  async rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    await Promise.all(Object.values(this.distributions ?? {}).map((distribution) => distribution.rank(find)));
  }

  summary(): Summary {
    const { point, status, sound, counts, negativeWeight, distributions, led } = this;
    const decided = counts.reduce((sum, count) => sum + count, 0);
    const proportions = counts.map((count) => proportion(count, decided));
    const of = (name: Measured) => distributions?.[name]?.quantiles();
    const predictor = (name: Predictor) => proportion(led[name].right, led[name].present);
    const entropies = distributions?.entropy?.count ?? 0;
    return present({
      runs: point.runs,
      status,
      steps: sound > 0 ? { mean: this.steps / sound, max: this.mostSteps, rejected: this.rejected / sound } : undefined,
      sink: present({
        counts,
        negativeWeight,
        share: decided > 0 ? proportions.map((p) => p?.share) : undefined,
        interval: decided > 0 ? proportions.map((p) => p?.interval) : undefined,
        uniformity: uniformity(counts),
      }),
      sinkShare: of("sinkShare"),
      shortfall: of("shortfall"),
      entropy: of("entropy"),
      initialEntropy: of("initialEntropy"),
      effectiveTokens: distributions?.entropy?.quantiles(Math.exp, this.effectiveTokens / entropies),
      loss: of("loss"),
      polarized: proportion(distributions?.polarizationTime?.count ?? 0, sound),
      polarizationTime: of("polarizationTime"),
      lockInTime: of("lockInTime"),
      logTime: of("logTime"),
      predictors: present({
        logit: predictor("logit"),
        alignment: predictor("alignment"),
        absAlignment: predictor("absAlignment"),
        valueNorm: predictor("valueNorm"),
      }),
      massiveActivation: present({
        sinkNorm: of("sinkNorm"),
        normRatio: of("normRatio"),
        largestValue: of("largestValue"),
        largestLogit: of("largestLogit"),
        logitGap: of("logitGap"),
      }),
      quantileResolution: this.isExact ? undefined : resolution,
    }) as Summary;
  }
}

/** Drops what is undefined: absent is how this project says "not computed". */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
