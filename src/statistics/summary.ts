import type { Point } from "../model/point.ts";
import { type Column, isSound, none, type Rows, type Status, statuses } from "../model/rows.ts";
import { type Proportion, proportion } from "./proportion.ts";
import { type Quantiles, quantiles } from "./quantiles.ts";
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
}

export function summarize(point: Point, rows: Rows): Summary {
  const { runs, tokens } = point;
  const status = Object.fromEntries(Object.keys(statuses).map((name) => [name, 0])) as Record<Status, number>;
  const names = Object.fromEntries(Object.entries(statuses).map(([name, code]) => [code, name])) as Record<number, Status>;
  const sound: number[] = [];
  for (let run = 0; run < runs; run++) {
    const code = rows.status[run] as number;
    status[names[code] as Status]++;
    if (isSound(code)) sound.push(run);
  }

  const counts = new Array<number>(tokens).fill(0);
  let negativeWeight = 0;
  for (const run of sound) {
    const sink = rows.sink[run] as number;
    if (sink !== none) counts[sink] = (counts[sink] as number) + 1;
    negativeWeight += rows.negative[run] as number;
  }
  const decided = counts.reduce((sum, count) => sum + count, 0);
  const proportions = counts.map((count) => proportion(count, decided));

  /** The present values of a column over the sound runs, each mapped. */
  const column = (name: Column, map: (x: number) => number = (x) => x) => {
    const values = new Float64Array(sound.length);
    let length = 0;
    for (const run of sound) {
      const x = rows[name][run] as number;
      if (!Number.isNaN(x) && x !== none) values[length++] = map(x);
    }
    return values.subarray(0, length);
  };
  const times = column("polarizationTime");

  const predictor = (name: Column) => {
    let present = 0;
    let right = 0;
    for (const run of sound) {
      const lead = rows[name][run] as number;
      const sink = rows.sink[run] as number;
      if (lead === none || sink === none) continue;
      present++;
      if (lead === sink) right++;
    }
    return proportion(right, present);
  };

  const steps = quantiles(column("steps"));
  const rejected = quantiles(column("rejected"))?.mean ?? 0;

  return present({
    runs,
    status,
    steps: steps && { mean: steps.mean, max: steps.max, rejected },
    sink: present({
      counts,
      negativeWeight,
      share: decided > 0 ? proportions.map((p) => p?.share) : undefined,
      interval: decided > 0 ? proportions.map((p) => p?.interval) : undefined,
      uniformity: uniformity(counts),
    }),
    sinkShare: quantiles(column("sinkShare")),
    shortfall: quantiles(column("shortfall")),
    entropy: quantiles(column("entropy")),
    initialEntropy: quantiles(column("initialEntropy")),
    effectiveTokens: quantiles(column("entropy", Math.exp)),
    loss: quantiles(column("loss")),
    polarized: proportion(times.length, sound.length),
    polarizationTime: quantiles(times),
    lockInTime: quantiles(column("lockInTime")),
    logTime: quantiles(column("logTime")),
    predictors: present({
      logit: predictor("byLogit"),
      alignment: predictor("byAlignment"),
      absAlignment: predictor("byAbsAlignment"),
      valueNorm: predictor("byValueNorm"),
    }),
    massiveActivation: present({
      sinkNorm: quantiles(column("sinkNorm")),
      normRatio: quantiles(column("normRatio")),
      largestValue: quantiles(column("largestValue")),
      largestLogit: quantiles(column("largestLogit")),
      logitGap: quantiles(column("logitGap")),
    }),
  }) as Summary;
}

/** Drops what is undefined: absent is how this project says "not computed". */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
