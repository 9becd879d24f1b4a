import { type Column, columnRow, columnsOf, columnTypes, hasColumn, none, vectorNames } from "../model/columns.ts";
import { countedLayout, countings, numberWords, restBits } from "../model/counted.ts";
import {
  canConverge,
  type Ensemble,
  hasClock,
  hasDecay,
  isTempered,
  maxTokens,
  noiseKind,
  targetLength,
  tippingShare,
} from "../model/ensemble.ts";
import { answerOf, disturbances, nudgeSize } from "../model/fragility.ts";
import { control, isAdaptive, type Tableau, tableauOf } from "../model/integrators.ts";
import { lossRow } from "../model/losses.ts";
import { ceilLog2, floorLog2 } from "../model/mathematics.ts";
import { models } from "../model/models.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { purposes } from "../model/starts.ts";
import { divergedAt, divergedAtByClock, statuses } from "../model/status.ts";
import { bins, tallied, talliedNames } from "../model/tallies.ts";
import { tiedWithin } from "../model/ties.ts";
import { unwritten } from "./buffers.ts";
import { crossings, followsCrossings } from "./crossings.ts";
import {
  counting,
  countsAt,
  entryLayout,
  listsAt,
  observationWords,
  packedEach,
  recordWords,
  reducedEach,
  sampleWords,
  stateParts,
} from "./layout.ts";
import { boardWords, type Mapping, maxFlight } from "./mapping.ts";
import { constantCase } from "./names.ts";
import { baseParts } from "./starts.ts";
import { memoryOf, trainedBy } from "./training.ts";

/** Constants of a program by name: an integer, which may be the end of an unrolled loop; a boolean; or an expression in WGSL. */
export type Constants = Readonly<Record<string, number | boolean | string>>;

/** A float32 literal. */
const f32 = (x: number) => {
  const text = String(Math.fround(x));
  return /[.e]/.test(text) ? text : `${text}.0`;
};

const u32 = (x: number) => `${x}u`;

const array = (items: readonly string[], type: string) => `array<${type}, ${items.length}>(${items.join(", ")})`;

/** A constant for each key of a record, named as `name` says. */
const each = <T>(record: Readonly<Record<string, T>>, name: (key: string) => string, write: (value: T) => string | number): Constants =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [name(constantCase(key)), write(value)]));

/**
 * The constants of a program of an ensemble on one mapping: the same for every ensemble of its family. Its numbers are in points.ts.
 * @param isFlow whether the program takes adaptive steps, or finds only the length of the first one
 */
export function constantsOf(ensemble: Ensemble, mapping: Mapping, isFlow = true): Constants {
  const tableau = tableauOf(ensemble.integrator);
  const begins = !isFlow && isAdaptive(ensemble.integrator) && !mapping.lanes.memory;
  return {
    ...laneConstants(ensemble, mapping),
    ...partConstants(ensemble, mapping),
    ...resultConstants(ensemble),
    ...(followsCrossings(ensemble) && crossingConstants(ensemble)),
    ...(ensemble.record.fragility && fragilityConstants(ensemble)),
    ...codeConstants(ensemble),
    ...controlConstants(ensemble),
    ...tableauConstants(begins ? beginningOf(tableau) : tableau),
    ...trainingConstants(ensemble, mapping),
  };
}

/** Sizes of an ensemble, and of the part of it that a lane holds. */
function laneConstants(ensemble: Ensemble, mapping: Mapping): Constants {
  const { reduction, lanes, workgroup } = mapping;
  const { count, subgroupLanes, memory = false } = lanes;
  const { dim, aimLength } = reduction;
  const terms = models[ensemble.model].terms;
  // Where values are in memory, components are dealt over the lanes too; otherwise every lane has all components.
  const components = memory ? Math.ceil(dim / count) : dim;
  const hasMinLoss = reduction.kind === "eigenbasis";
  const extra = hasMinLoss ? 1 : 0; // the minimum of the loss is no component: every lane has it
  // Numbers that lanes sum together: a vector, or where values are in memory one for each term of every stage.
  const parcel = memory ? terms * tableauOf(ensemble.integrator).stages.length : components;
  return {
    TOKENS: Math.ceil(ensemble.tokens / count),
    ALL_TOKENS: ensemble.tokens,
    MAX_TOKENS: maxTokens,
    PADDED: ensemble.tokens % count !== 0,
    LANES: count,
    SUBGROUP_LANES: subgroupLanes,
    LEVELS: floorLog2(subgroupLanes), // distances over which subgroup lanes exchange numbers
    WORKGROUP: workgroup,
    DIM: dim,
    COMPONENTS: components,
    VALUE_DIM: ensemble.dim,
    REDUCED: reduction.kind !== "none",
    TARGET_LENGTH: targetLength(ensemble),
    AIM_LENGTH: aimLength,
    AIM_COMPONENTS: memory ? Math.ceil((aimLength - extra) / count) + extra : aimLength,
    HAS_MIN_LOSS: hasMinLoss,
    TERMS: terms,
    PARCEL: parcel,
    VALUE_LEVELS: 0, // of VALUE_LANES
    ...(memory && memoryConstants(ensemble, mapping, Math.min(count, ceilPower(dim)), floorPower(Math.min(count, boardWords / parcel)))),
  };
}

/**
 * How lanes take values out of memory. On a GPU they wait for it, so many reads are under way at once, of neighboring words; a driver on the CPU does not, and
 * compiles the longer code and exchanges numbers between lanes slowly.
 * @param across lanes that the coordinates of one token are dealt over @param tile tokens or coordinates for which the board holds all terms
 */
function memoryConstants(ensemble: Ensemble, { reduction, lanes, skips }: Mapping, across: number, tile: number): Constants {
  const { count, subgroupLanes } = lanes;
  const together = skips ? Math.min(subgroupLanes, floorPower(reduction.dim)) : reduction.dim >= 4 * subgroupLanes ? subgroupLanes : 1;
  const valueLanes = together < 4 ? 1 : together;
  const fours = floorPower(Math.max(1, (Math.min(tile, ensemble.tokens) * across) / count / 4));
  const flight = skips && noiseKind(ensemble) !== "gradient" ? Math.min(fours, maxFlight) : 1;
  return {
    BOARD: u32(boardWords),
    TILE: u32(tile),
    ACROSS: u32(across),
    FLIGHT: flight, // fours of numbers that a lane reads before it uses one
    MEMBERS: Math.max(1, Math.min(flight, valueLanes / 4)), // the same, where lanes read values together
    VALUE_LANES: u32(valueLanes), // lanes that read a value together
    VALUE_LEVELS: floorLog2(valueLanes),
  };
}

/** The largest power of two that is at most x, and the smallest that is at least x. */
const floorPower = (x: number) => 2 ** floorLog2(x);
const ceilPower = (x: number) => 2 ** ceilLog2(x);

/** Where the parts of a state, of what all runs share, and of a trajectory's entry begin. */
const partConstants = (ensemble: Ensemble, { reduction }: Mapping): Constants => ({
  ...each(stateParts(ensemble, reduction).at, (part) => `STATE_${part}_AT`, Number),
  ...each(baseParts(ensemble, reduction.kind).at, (part) => `BASE_${part}_AT`, Number),
  BASE_WORDS: u32(baseParts(ensemble, reduction.kind).words),
  ...each(entryLayout(ensemble.tokens).at, (part) => `ENTRY_${part}_AT`, u32),
  SAMPLE_WORDS: u32(sampleWords(ensemble)),
  OBSERVATION_WORDS: u32(observationWords(ensemble)),
  ENTRY_WORDS: entryLayout(ensemble.tokens).words,
  RECORD_WORDS: recordWords(ensemble.tokens, reduction.dim),
});

/** Indices of columns and vectors of results, whether the ensemble has a column that not all have, and the bins of histograms. */
const resultConstants = (ensemble: Ensemble, names = columnsOf(ensemble)): Constants => ({
  COLUMNS: names.length,
  ...Object.fromEntries(names.map((name, i) => [`COLUMN_${constantCase(name)}`, u32(i)])),
  ...Object.fromEntries(
    names
      .filter((name) => columnRow(name).exists && !columnRow(name).asked)
      .map((name) => [`HAS_${constantCase(name)}`, hasColumn(ensemble, name)]),
  ),
  ...Object.fromEntries(vectorNames.map((name, i) => [`VECTOR_${constantCase(name)}`, u32(i)])),
  STARTS: array(
    names.map((name) => String(columnRow(name).start === true || crossings.includes(name))),
    "bool",
  ),
  ABSENT_ROW: array(
    names.map((name) => u32(columnTypes[columnRow(name).type].absent)),
    "u32",
  ),
  ...Object.fromEntries(counting.map((entryPoint, i) => [`DONE_${constantCase(entryPoint)}`, u32(countsAt + i)])),
  LISTS_AT: u32(listsAt),
  ...countedConstants(ensemble),
  TALLY_BINS: bins,
  WORDS_EACH: packedEach,
  TALLIED: talliedNames.length,
  BINS: array(
    talliedNames.map((name) => `Bins(${(tallied[name].lowest + 127) * 2 ** tallied[name].bits}u, ${23 - tallied[name].bits}u)`),
    "Bins",
  ),
});

/** How each column is counted over runs, and where. */
function countedConstants(ensemble: Ensemble): Constants {
  const { columns: counted, timesAt, binsAt } = countedLayout(ensemble);
  const list = (of: (column: (typeof counted)[number]) => number) =>
    array(
      counted.map((column) => u32(of(column))),
      "u32",
    );
  return {
    ...each(countings, (name) => `COUNTING_${name}`, u32),
    COUNTINGS: list(({ counting }) => countings[counting]),
    COUNTED_AT: list(({ at }) => at),
    COUNTED_BINS_AT: list(({ bins }) => (bins > 0 ? bins - binsAt : 0)), // see `bins_at`
    COUNTED_TIMES_AT: u32(timesAt),
    KEY_REST: u32(restBits),
    NUMBER_WORDS: u32(numberWords),
    MAX_STATUS: u32(Math.max(...Object.values(statuses))),
    REDUCED_EACH: reducedEach,
    UNWRITTEN: u32(unwritten),
  };
}

/** Which of these events the specification asks for, and where their columns are. */
const crossingConstants = (ensemble: Ensemble, names = columnsOf(ensemble)): Constants => ({
  ...Object.fromEntries(crossings.map((name) => [`HAS_${constantCase(name)}`, names.includes(name)])),
  CROSSING_COLUMNS: array(
    crossings.map((name) => u32(Math.max(0, names.indexOf(name)))),
    "u32",
  ),
  TIPPING_AT: f32(tippingShare(ensemble)),
});

/** What is disturbed at the end, and where its columns are. */
function fragilityConstants(ensemble: Ensemble, names = columnsOf(ensemble)): Constants {
  const at = (suffix: string) =>
    array(
      disturbances.flatMap((disturbance) =>
        ["Sink", "Other"].map((whom) => u32(Math.max(0, names.indexOf(`${disturbance}${whom}${suffix}` as Column)))),
      ),
      "u32",
    );
  const { dropped } = normalizerRow(ensemble.normalizer);
  return {
    FRAGILITY_COLUMNS: at(""),
    FLIP_COLUMNS: at("Flips"),
    HAS_FLIPS: answerOf(ensemble) !== undefined,
    HAS_REMOVAL: dropped !== undefined,
    DROPPED: f32(typeof dropped === "number" ? dropped : 0),
    REMOVAL_SCALE: f32(dropped === "any" ? ensemble.tokens / (ensemble.tokens - 1) : 1),
    NUDGE_SIZE: f32(nudgeSize),
    IS_MARGIN: lossRow(ensemble.loss).falls === true,
  };
}

/** Codes, and what is trained. */
const codeConstants = (ensemble: Ensemble): Constants => ({
  NONE: u32(none),
  RUNNING: u32(0),
  ...each(statuses, (name) => `STATUS_${name}`, u32),
  ...each(purposes, (name) => `PURPOSE_${name}`, u32),
  DIVERGED_AT: f32(hasClock(ensemble) ? divergedAtByClock : divergedAt),
  TIED_WITHIN: u32(tiedWithin),
  TEMPERED: isTempered(ensemble),
  WEIGHTS_ARE_SHARES: normalizerRow(ensemble.normalizer).shares,
  TRAIN_LOGITS: ensemble.train !== "values",
  TRAIN_VALUES: ensemble.train !== "logits",
  NOISY: noiseKind(ensemble) !== undefined,
  GRADIENT_NOISE: noiseKind(ensemble) === "gradient",
  BATCH_NOISE: noiseKind(ensemble) === "batch",
  IS_DISTRIBUTION: lossRow(ensemble.loss).target === "distribution",
});

/** The control of steps; where steps are fixed, most of it is not read. */
function controlConstants(ensemble: Ensemble): Constants {
  const { integrator, normalizer, train, tokens, dim } = ensemble;
  const adaptive = isAdaptive(integrator);
  return {
    ADAPTIVE: adaptive,
    TRAINED: (train === "values" ? 0 : tokens) + (train === "logits" ? 0 : tokens * dim),
    CONVERGE: canConverge(ensemble),
    CONVERGED: f32(control.converged),
    STICKS: adaptive && normalizerRow(normalizer).kink === true,
    CLOCK_INTERVALS: control.clockIntervals,
    PROBES: adaptive ? control.probes : 1,
    STEP_SAFETY: f32(control.safety),
    STEP_SHRINK: f32(control.shrink),
    STEP_GROW: f32(control.grow),
    STEP_NON_FINITE: f32(control.nonFinite),
  };
}

/** What an optimizer keeps, and how many slots there are for it. */
function trainingConstants(ensemble: Ensemble, { reduction, lanes }: Mapping): Constants {
  if (!trainedBy(ensemble)) return {};
  const { memory, carried } = memoryOf(ensemble);
  const valuesInLogits = models[ensemble.model].tied;
  return {
    MEMORY: memory,
    SLOTS: Math.max(1, memory),
    CARRIED: carried,
    TOKEN_PAIRS: Math.ceil(ensemble.tokens / lanes.count / 2), // of the tokens on a lane
    DIM_PAIRS: Math.ceil(reduction.dim / 2),
    HAS_DECAY: hasDecay(ensemble),
    VALUES_IN_LOGITS: valuesInLogits,
  };
}

/** The first two stages of a method, which are all that the length of a first step takes: the other stages are most of what a driver would compile. */
const beginningOf = ({ stages, weights, dense, error = [], ...rest }: Tableau): Tableau => ({
  ...rest,
  stages: stages.slice(0, 2),
  weights: weights.slice(0, 2),
  dense: dense.slice(0, 2),
  error: error.slice(0, 2),
});

/** The tableau, with rows of stage weights filled up with zeros. */
function tableauConstants({ stages, weights, dense, error = [], errorOrder = 0 }: Tableau): Constants {
  const size = stages.length;
  const degree = Math.max(...dense.map((row) => row.length));
  const filled = (numbers: readonly number[], length: number) => Array.from({ length }, (_, i) => numbers[i] ?? 0);
  const row = (numbers: readonly number[]) => array(numbers.map(f32), "f32");
  const rows = (all: readonly (readonly number[])[]) => array(all.map(row), `array<f32, ${all[0]?.length}>`);
  return {
    STAGES: size,
    STAGE_WEIGHTS: rows(stages.map((stage) => filled(stage, size))),
    WEIGHTS: row(filled(weights, size)),
    DEGREE: degree,
    DENSE: rows(dense.map((coefficients) => fromTheEnd(filled(coefficients, degree)))),
    ERROR: row(filled(error, size)),
    ERROR_EXPONENT: f32(errorOrder + 1),
  };
}

const binomial = (n: number, k: number): number => (k === 0 ? 1 : (binomial(n - 1, k - 1) * n) / k);

/** Σ r_m θ^m with θ = 1 − φ: the coefficients of q in Σ r_m − Σ r_m θ^m = φ q(φ), from the highest power down; see shaders/dense.wgsl. */
const fromTheEnd = (coefficients: readonly number[]): number[] =>
  coefficients
    .map((_, i) => (i % 2 === 0 ? 1 : -1) * coefficients.reduce((sum, r, m) => sum + (m >= i ? r * binomial(m + 1, i + 1) : 0), 0))
    .reverse();
