/** A column of trajectories in Parquet: a row there is a token at a recorded time. */
export interface SeriesColumn {
  readonly unit: "1" | "nat";
  readonly says: string;
  /** Where it may be absent. */
  readonly optional?: true;
}

/** A series of a trajectory. */
export interface SeriesRow {
  /** What it has at every recorded time: a number a token, one number, or two. */
  readonly holds: keyof Holding;
  /** Its columns in Parquet: two for a pair, else one. */
  readonly columns: Readonly<Record<string, SeriesColumn>>;
  /** Computed from other series by the host: no kernel stores it. */
  readonly derived?: true;
  /** They are norms: roots of sums of squares. */
  readonly norms?: true;
}

interface Holding {
  tokens: number[];
  number: number;
  pair: [number, number];
}

/**
 * What a trajectory has at every recorded time, in the order of the JSON, of Parquet's columns and of the words that a kernel
 * stores. Computed by shaders/observables/trajectory.wgsl and src/reference/recorder.ts.
 */
export const series = {
  weights: { holds: "tokens", columns: { weight: { unit: "1", says: "attention weight p of the token" } } },
  logits: { holds: "tokens", columns: { logit: { unit: "1", says: "logit a of the token" } } },
  alignments: { holds: "tokens", columns: { alignment: { unit: "1", says: "−v·∇L of the token's value" } } },
  valueNorms: { holds: "tokens", columns: { valueNorm: { unit: "1", says: "norm of the token's value" } }, norms: true },
  loss: { holds: "number", columns: { loss: { unit: "1", says: "loss of the run, the same for its tokens" } } },
  entropy: {
    holds: "number",
    columns: { entropy: { unit: "nat", says: "entropy of the run's shares, the same for its tokens", optional: true } },
    derived: true,
  },
  gradientNorms: {
    holds: "pair",
    columns: {
      valuesGradientNorm: { unit: "1", says: "norm of the gradient by the value matrix" },
      logitsGradientNorm: { unit: "1", says: "norm of the gradient by the logits" },
    },
    norms: true,
  },
} as const satisfies Record<string, SeriesRow>;

export type SeriesName = keyof typeof series;
export const seriesNames = Object.keys(series) as SeriesName[];

/** The series that an engine computes. */
export type StoredSeries = { [N in SeriesName]: (typeof series)[N] extends { derived: true } ? never : N }[SeriesName];
export const storedSeries = seriesNames.filter((name): name is StoredSeries => !("derived" in series[name]));

type SeriesOf<N extends SeriesName> = Holding[(typeof series)[N]["holds"]][];

/**
 * The time series of one run. Entry j of each is the state at the j-th recorded time, inside or at the end of the run's
 * `steps[j]`-th step. From the time at which a run went non-finite, entries may be missing or non-finite.
 */
export type Trajectory = { run: number; steps: number[] } & { [N in StoredSeries]: SeriesOf<N> };

/** How many numbers each stored series of a run of so many tokens has at one time, in their order; before them stands the number of steps. */
export function entryParts(tokens: number): Record<"steps" | StoredSeries, number> {
  const lengths = { tokens, number: 1, pair: 2 };
  const parts = storedSeries.map((name) => [name, lengths[series[name].holds]] as const);
  return { steps: 1, ...(Object.fromEntries(parts) as Record<StoredSeries, number>) };
}

/** How many numbers a trajectory has at one time in all, including the time and derived series. */
export function entryNumbers(tokens: number): number {
  const derived = seriesNames.length - storedSeries.length;
  return Object.values(entryParts(tokens)).reduce((sum, length) => sum + length, 1 + derived);
}
