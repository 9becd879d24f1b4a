import { type ColumnDefinition, definedColumn, definedColumns } from "./definitions.ts";
import { type Ensemble, hasClock, hasMode } from "./ensemble.ts";
import { answerOf, type Disturbance, type Disturbed, hasDominance, isDisturbed } from "./fragility.ts";

/**
 * What a column can hold: the 32-bit word that a kernel stores, the word that means "absent", and the type in Parquet,
 * where `real` is float32 from a device and float64 from the CPU engine.
 */
export const columnTypes = {
  real: { word: "f32", absent: 0x7fc00000, parquet: "real" },
  /** A token's number, from 0. */
  token: { word: "u32", absent: 0xffffffff, parquet: "int32" },
  /** From 1. */
  rank: { word: "u32", absent: 0xffffffff, parquet: "int32" },
  /** 0 or 1. */
  flag: { word: "u32", absent: 0xffffffff, parquet: "boolean" },
  count: { word: "u32", absent: 0xffffffff, parquet: "int64" },
  /** A code of `statuses`, by name in Parquet; 0 where nothing was written, which is a fault. */
  status: { word: "u32", absent: 0, parquet: "string" },
} as const;

/** In an unsigned column: no such token, no such step. In a real one NaN says so. */
export const none: number = columnTypes.token.absent;

/** How a column is compared with the reference: src/verification. */
export const comparisons = {
  number: "by a bound on the difference",
  norm: "as a number; it is the root of a sum of squares, so its range is that of its square",
  ratio: "as a number, where the norms that it is made of are within float32's range",
  exponential: "as a number; its relative error is the error of its logarithm",
  event: "as a number, where the references agree on what happened",
  choice: "where the reference's order is decided by more than its bounds",
  mean: "the mean over the sampled runs",
  pair: "where the order of two runs is decided by more than its bounds",
  ending: "whether the run ended soundly, and where it should",
} as const;

/** A column of the results: a row a run. */
export interface ColumnRow {
  readonly type: keyof typeof columnTypes;
  /** `flow time` is τ with the margin's own clock. A number that names something has no unit. Columns of one's own have any. */
  readonly unit?: string;
  readonly says: string;
  /** Every run has it; other columns are absent for a run that did not end soundly. */
  readonly always?: true;
  /** It is known before the first step. */
  readonly start?: true;
  /** Absent where no token wins: where the run is tied or has no shares. */
  readonly ofSink?: true;
  /** Which ensembles have it; by default all of them. In others it is absent in every run. */
  readonly exists?: (ensemble: Ensemble) => boolean;
  /** Only ensembles whose specification asks for it, as `exists` says, have it: in others there is no room for it either. */
  readonly asked?: true;
  /** The JSON has its mean and quantiles over runs, in this group. */
  readonly quantiles?: QuantileGroup;
  /** Where it stands in the object `fragility` of the JSON; of a flag, the share of runs in which it is 1. */
  readonly fragility?: string;
  /** Name in the JSON of the share of the runs that have a number here. */
  readonly share?: string;
  /** A token at the start: name in the JSON of how often it won. */
  readonly predictor?: string;
  /** How verification compares it with the reference. */
  readonly verified: keyof typeof comparisons;
}

/** `massiveActivation`, `fragility` and `columns`, which has those of one's own, are objects of the JSON, beside which the columns of the other groups stand by themselves. */
export type QuantileGroup = "state" | "times" | "massiveActivation" | "fragility" | "columns";

const whose = { sink: "the winner", other: "otherToken" } as const;
const done = { nudge: "moves at random", adversarial: "moves along +∇L", removal: "is removed" } as const;

/** How far the output moves under a disturbance (fragility.ts). */
const changeBy = <D extends Disturbance, W extends Disturbed>(disturbance: D, whom: W) =>
  ({
    type: "real",
    unit: "1",
    says: `‖Δy‖/‖y‖ at the end where ${whose[whom]} ${done[disturbance]}`,
    exists: (ensemble: Ensemble) => isDisturbed(ensemble, disturbance),
    asked: true,
    ofSink: true,
    quantiles: "fragility",
    fragility: `${disturbance}.${whom}`,
    verified: "number",
  }) as const;

/** Whether it flips the answer. */
const flipsBy = <D extends Disturbance, W extends Disturbed>(disturbance: D, whom: W) =>
  ({
    type: "flag",
    says: `whether the answer flips then`,
    exists: (ensemble: Ensemble) => isDisturbed(ensemble, disturbance) && answerOf(ensemble) !== undefined,
    asked: true,
    ofSink: true,
    fragility: `${disturbance}.flips.${whom}`,
    verified: "choice",
  }) as const;

/**
 * All about the columns, in the order of Parquet's columns and of the words that a kernel stores. This table makes the
 * kernel's constants, the tables that are written, the summary with its JSON, and docs/output.md. The numbers of a run are computed
 * by shaders/observables/{start,end}.wgsl, and by src/reference for the CPU engine and for verification.
 */
const table = {
  status: {
    type: "status",
    says: "how the run ended; one that diverged or went non-finite has nothing else",
    always: true,
    verified: "ending",
  },
  steps: { type: "count", unit: "1", says: "steps taken", always: true, verified: "mean" },
  rejected: { type: "count", unit: "1", says: "trials of a step that the error estimate rejected", always: true, verified: "mean" },
  time: { type: "real", unit: "flow time", says: "time at which the run ended", always: true, verified: "number" },
  sink: {
    type: "token",
    says: "the winner: token of the largest share |p|/Σ|p| at the end, from 0; absent on ties",
    ofSink: true,
    verified: "choice",
  },
  negative: { type: "flag", says: "whether the winner's weight is negative", verified: "choice", ofSink: true },
  sinkShare: { type: "real", unit: "1", says: "largest share at the end", quantiles: "state", verified: "number" },
  /** Summed from the other tokens. */
  shortfall: { type: "real", unit: "1", says: "1 − sinkShare, without cancellation", quantiles: "state", verified: "number" },
  entropy: { type: "real", unit: "nat", says: "entropy of the shares at the end", quantiles: "state", verified: "number" },
  initialEntropy: {
    type: "real",
    unit: "nat",
    says: "entropy of the shares at the start",
    start: true,
    quantiles: "state",
    verified: "number",
  },
  effectiveTokens: {
    type: "real",
    unit: "1",
    says: "exponential of the entropy at the end",
    quantiles: "state",
    verified: "exponential",
  },
  polarizationTime: {
    type: "real",
    unit: "flow time",
    says: "first time the largest share reached polarizedAt",
    quantiles: "times",
    share: "polarized",
    verified: "event",
  },
  tippingTime: {
    type: "real",
    unit: "flow time",
    says: "first time the largest share exceeded twice uniform, 2/n",
    exists: ({ record }) => record.tippingTime,
    asked: true,
    quantiles: "times",
    share: "tipped",
    verified: "event",
  },
  timeToLoss: {
    type: "real",
    unit: "flow time",
    says: "first time the loss was no more than record.lossAt",
    exists: ({ record }) => record.lossAt !== undefined,
    asked: true,
    quantiles: "times",
    share: "reachedLoss",
    verified: "event",
  },
  lockInTime: {
    type: "real",
    unit: "flow time",
    says: "last change of the leading token; 0 if it never changed",
    quantiles: "times",
    verified: "event",
  },
  /** The flow time itself soon exceeds the largest float32, and float64. */
  logTime: {
    type: "real",
    unit: "log flow time",
    says: "natural logarithm of the flow time at the end, where the margin's own clock is followed",
    exists: hasClock,
    quantiles: "times",
    verified: "number",
  },
  loss: { type: "real", unit: "1", says: "loss at the end", quantiles: "state", verified: "number" },
  sinkNorm: {
    type: "real",
    unit: "1",
    says: "norm of the winner's value at the end",
    quantiles: "massiveActivation",
    verified: "norm",
    ofSink: true,
  },
  normRatio: {
    type: "real",
    unit: "1",
    says: "sinkNorm over the median norm of a value",
    quantiles: "massiveActivation",
    verified: "ratio",
    ofSink: true,
  },
  largestValue: {
    type: "real",
    unit: "1",
    says: "largest absolute entry of the value matrix at the end",
    quantiles: "massiveActivation",
    verified: "number",
  },
  largestLogit: { type: "real", unit: "1", says: "largest absolute logit at the end", quantiles: "massiveActivation", verified: "number" },
  logitGap: {
    type: "real",
    unit: "1",
    says: "largest logit less the second largest at the end",
    quantiles: "massiveActivation",
    verified: "number",
  },
  valuesGradientNorm: { type: "real", unit: "1", says: "norm of the loss's gradient by the value matrix at the end", verified: "norm" },
  logitsGradientNorm: { type: "real", unit: "1", says: "norm of the loss's gradient by the logits at the end", verified: "norm" },
  byLogit: {
    type: "token",
    says: "token with the largest logit at the start; absent on ties",
    start: true,
    predictor: "logit",
    verified: "choice",
  },
  byAlignment: {
    type: "token",
    says: "token best aligned at the start, by −v·∇L; absent on ties",
    start: true,
    predictor: "alignment",
    verified: "choice",
  },
  byAbsAlignment: {
    type: "token",
    says: "token of the largest absolute alignment at the start; absent on ties",
    start: true,
    predictor: "absAlignment",
    verified: "choice",
  },
  byValueNorm: {
    type: "token",
    says: "token of the largest value norm at the start; absent on ties",
    start: true,
    predictor: "valueNorm",
    verified: "choice",
  },
  byMode: {
    type: "token",
    says: "token of the largest a + β·v/‖β‖ at the start, the mode that grows near equal weights; absent on ties",
    start: true,
    exists: hasMode,
    predictor: "mode",
    verified: "choice",
  },
  rankByLogit: { type: "rank", says: "rank of the winner by logit at the start, from 1", verified: "choice", ofSink: true },
  rankByAlignment: { type: "rank", says: "rank of the winner by alignment at the start, from 1", verified: "choice", ofSink: true },
  otherToken: {
    type: "token",
    says: "a random token other than the winner, which is disturbed beside it",
    exists: ({ record }) => record.fragility,
    asked: true,
    ofSink: true,
    verified: "choice",
  },
  nudgeSink: changeBy("nudge", "sink"),
  nudgeSinkFlips: flipsBy("nudge", "sink"),
  nudgeOther: changeBy("nudge", "other"),
  nudgeOtherFlips: flipsBy("nudge", "other"),
  adversarialSink: changeBy("adversarial", "sink"),
  adversarialSinkFlips: flipsBy("adversarial", "sink"),
  adversarialOther: changeBy("adversarial", "other"),
  adversarialOtherFlips: flipsBy("adversarial", "other"),
  removalSink: changeBy("removal", "sink"),
  removalSinkFlips: flipsBy("removal", "sink"),
  removalOther: changeBy("removal", "other"),
  removalOtherFlips: flipsBy("removal", "other"),
  dominates: {
    type: "flag",
    says: "of run 2k, whether its winner dominates that of run 2k + 1",
    exists: hasDominance,
    asked: true,
    ofSink: true,
    fragility: "dominance",
    verified: "pair",
  },
} as const satisfies Record<string, ColumnRow>;

type Table = typeof table;
/** The columns whose row has this key. */
type With<Key extends keyof ColumnRow> = { [N in Column]: Table[N] extends Readonly<Record<Key, unknown>> ? N : never }[Column];

export type Column = keyof Table;
/** A column that only ensembles have whose specification asks for it. */
export type Asked = With<"asked">;
/** A column that some ensembles have and others have not. */
export type Conditional = With<"exists">;
/** What columns hold, by their names. */
export type TypesOfColumns = { readonly [N in Column]: Table[N]["type"] };
/** A column for which every ensemble has room. */
export type Always = Exclude<Column, Asked>;
/** A column that has quantiles. */
export type Measured = With<"quantiles">;
/** A column that has quantiles in this group. */
export type MeasuredIn<Group extends QuantileGroup> = {
  [N in Measured]: Table[N]["quantiles"] extends Group ? N : never;
}[Measured];
/** A column with the time of an event. */
export type Event = { [N in Column]: Table[N]["verified"] extends "event" ? N : never }[Column];
/** A column that is compared where the reference's order is decided. */
export type Choice = { [N in Column]: Table[N]["verified"] extends "choice" ? N : never }[Column];
/** Names in the JSON of tokens at the start that predict the winner. */
export type Predictor = Table[With<"predictor">]["predictor"];
/** Names in the JSON of shares of runs that have a number in a column of this group. */
export type ShareIn<Group extends QuantileGroup> = Table[Extract<MeasuredIn<Group>, With<"share">>]["share"];

export const columns: Readonly<Record<Column, ColumnRow>> = table;
/** Every column of the table. */
export const allColumns = Object.keys(table) as Column[];
/** Those for which every ensemble has room. */
export const columnNames = allColumns.filter((name): name is Always => !columns[name].asked);
/** The columns that are absent where no token wins. */
export const sinkColumns = allColumns.filter((name) => columns[name].ofSink);
/** The column of each predictor. */
export const predictors = Object.fromEntries(
  columnNames.flatMap((name) => (columns[name].predictor === undefined ? [] : [[columns[name].predictor, name]])),
) as Record<Predictor, Always>;

/** The row of a column of one's own. */
const rowOf = ({ name, unit = "1", says }: ColumnDefinition): ColumnRow => ({
  type: "real",
  unit,
  says,
  exists: ({ record }) => record.columns?.includes(name) ?? false,
  asked: true,
  quantiles: "columns",
  verified: "number",
});

/** The columns of the table, and behind them those of one's own that are held. */
export const knownColumns = (): Column[] => [...allColumns, ...definedColumns().map(({ definition }) => definition.name as Column)];

/** What is known of a column, of the table or of one's own. */
export function columnRow(name: Column): ColumnRow {
  const own = columns[name] ? undefined : definedColumn(name);
  return own ? rowOf(own.definition) : columns[name];
}

/** Whether an ensemble has a column. */
export const hasColumn = (ensemble: Ensemble, name: Column): boolean => columnRow(name).exists?.(ensemble) ?? true;

/** The columns for which there is room where these ensembles are, in the order of the table. */
export const columnsOf = (...ensembles: readonly Ensemble[]): Column[] =>
  knownColumns().filter((name) => !columnRow(name).asked || ensembles.some((ensemble) => hasColumn(ensemble, name)));

/** The columns of an ensemble that have quantiles. */
export const measuredOf = (ensemble: Ensemble): Measured[] =>
  columnsOf(ensemble).filter((name): name is Measured => columnRow(name).quantiles !== undefined && hasColumn(ensemble, name));

/** With `record.vectors`, what is kept of every run as a number for each token, in this order. */
export const vectors = {
  initialLogits: "logits at the start, one a token",
  initialAlignments: "alignments −v·∇L at the start, one a token",
  weights: "attention weights at the end, one a token",
  logits: "logits at the end, one a token",
  alignments: "alignments −v·∇L at the end, one a token",
} as const;
export type VectorName = keyof typeof vectors;
export const vectorNames = Object.keys(vectors) as VectorName[];
