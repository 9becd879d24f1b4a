import shaders from "sinkflow:shaders";
import { columnNames, columns, columnTypes, none, vectorNames } from "../model/columns.ts";
import { control, isAdaptive, type Tableau, tableauOf } from "../model/integrators.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { canConverge, hasClock, type Point, targetLength } from "../model/point.ts";
import type { Reduction } from "../model/reductions.ts";
import type { Lanes } from "../model/result.ts";
import { purposes } from "../model/starts.ts";
import { divergedAt, divergedAtByClock, statuses } from "../model/status.ts";
import { bins, tallied, talliedNames } from "../model/tallies.ts";
import { entryParts } from "../model/trajectory.ts";
import { courseWords, entryWords, recordWords, stateParts, termsOf } from "./layout.ts";
import { boardWords, isFar, type Mapping, mappingOf } from "./mapping.ts";
import { placed } from "./parts.ts";
import { baseParts } from "./starts.ts";
import { unroll } from "./unroll.ts";

const shader = (path: string): string => {
  const text = shaders[path];
  if (text === undefined) throw new Error(`no shader ${path}`);
  return text;
};

/** camelCase or kebab-case to SNAKE_CASE */
const constantCase = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/-/g, "_")
    .toUpperCase();

/** A float32 literal. */
const f32 = (x: number) => {
  const text = String(Math.fround(x));
  return /[.e]/.test(text) ? text : `${text}.0`;
};

const array = (items: readonly string[], type: string) => `array<${type}, ${items.length}>(${items.join(", ")})`;

const binomial = (n: number, k: number): number => (k === 0 ? 1 : (binomial(n - 1, k - 1) * n) / k);

/** Σ r_m θ^m with θ = 1 − φ: the coefficients of q in Σ r_m − Σ r_m θ^m = φ q(φ), from the highest power down; see shaders/dense.wgsl. */
const fromTheEnd = (coefficients: readonly number[]): number[] =>
  coefficients
    .map((_, i) => -((-1) ** (i + 1)) * coefficients.reduce((sum, r, m) => sum + (m >= i ? r * binomial(m + 1, i + 1) : 0), 0))
    .reverse();

/** The tableau as constants; rows of stage weights are filled up with zeros. */
function tableauConstants(tableau: Tableau): string[] {
  const { stages, weights, dense, error = [], errorOrder = 0 } = tableau;
  const size = stages.length;
  const row = (coefficients: readonly number[], length = size) =>
    array(
      Array.from({ length }, (_, l) => f32(coefficients[l] ?? 0)),
      "f32",
    );
  const degree = degreeOf(tableau);
  return [
    `const STAGES = ${size};`,
    `const STAGE_WEIGHTS = ${array(
      stages.map((stage) => row(stage)),
      `array<f32, ${size}>`,
    )};`,
    `const WEIGHTS = ${row(weights)};`,
    `const DEGREE = ${degree};`,
    `const DENSE = ${array(
      dense.map((coefficients) => row(fromTheEnd(Array.from({ length: degree }, (_, m) => coefficients[m] ?? 0)), degree)),
      `array<f32, ${degree}>`,
    )};`,
    `const ERROR = ${row(error)};`,
    `const ERROR_EXPONENT = ${f32(errorOrder + 1)};`,
  ];
}

const degreeOf = ({ dense }: Tableau) => Math.max(...dense.map((row) => row.length));

/** How steps are controlled; with a fixed step, and without adaptive ones, most of it is never read. */
function controlConstants(point: Point): string[] {
  const { integrator, normalizer, train, tokens, dim } = point;
  const adaptive = isAdaptive(integrator);
  const trained = (train === "values" ? 0 : tokens) + (train === "logits" ? 0 : tokens * dim);
  return [
    `const ADAPTIVE = ${adaptive};`,
    `const STEP = ${f32(adaptive ? 0 : integrator.step)};`,
    `const RTOL = ${f32(adaptive ? integrator.rtol : 1)};`,
    `const ATOL = ${f32(adaptive ? integrator.atol : 1)};`,
    `const TRAINED = ${trained};`,
    `const CONVERGE = ${canConverge(point)};`,
    `const CONVERGED = ${f32(control.converged)};`,
    ...(["rtol", "atol"] as const).map((name) => {
      const own = adaptive ? integrator[name] : 1;
      return `const CONVERGED_${constantCase(name)} = ${f32(Math.min(own, control.convergedWithin[name]))};`;
    }),
    `const STICKS = ${adaptive && normalizerRow(normalizer).kink === true};`,
    `const CLOCK_PLACES = ${control.clockPlaces};`,
    `const LOOKS = ${adaptive ? control.looks : 1};`,
    ...(["safety", "shrink", "grow", "nonFinite"] as const).map((name) => `const STEP_${constantCase(name)} = ${f32(control[name])};`),
  ];
}

/** Tokens that a lane holds, at most. */
const tokensOfLane = ({ tokens }: Point, { count }: Mapping["lanes"]) => Math.ceil(tokens / count);

/** Coordinates of a vector that a lane holds, at most: all of them, where values are in registers. */
const componentsOfLane = ({ reduction, lanes }: Mapping) => (lanes.memory ? Math.ceil(reduction.dim / lanes.count) : reduction.dim);

const hasLeastLoss = ({ kind }: Reduction) => kind === "eigenbasis";

/** Of the loss's aim; the least loss, which is no coordinate, every lane has. */
function aimOfLane({ reduction, lanes }: Mapping): number {
  const least = hasLeastLoss(reduction) ? 1 : 0;
  return lanes.memory ? Math.ceil((reduction.aimLength - least) / lanes.count) + least : reduction.aimLength;
}

/** How many numbers lanes sum at once: a vector's, or where values are in memory one a term of every stage. */
const parcelOf = (point: Point, mapping: Mapping) => (mapping.lanes.memory ? termsOf(point) * stagesOf(point) : componentsOfLane(mapping));

/** At how many distances near lanes exchange what they sum. */
const levelsOf = ({ lanes }: Mapping) => Math.log2(lanes.near);

const stagesOf = ({ integrator }: Point) => tableauOf(integrator).stages.length;

/** Where values are in memory: lanes that coordinates are dealt over at once, and how much of all terms the board takes at once. */
function memoryConstants(point: Point, mapping: Mapping): string[] {
  const parcel = parcelOf(point, mapping);
  const floor = (x: number) => 2 ** Math.floor(Math.log2(x));
  const { count } = mapping.lanes;
  return [
    `const PARCEL = ${parcel};`,
    `const BOARD = ${boardWords}u;`,
    `const TILE = ${floor(Math.min(count, boardWords / parcel))}u;`,
    `const ACROSS = ${Math.min(count, 2 ** Math.ceil(Math.log2(mapping.reduction.dim)))}u;`,
  ];
}

/** The constants of one ensemble: shape, codes, scales, and the numbers among the chosen kinds' parameters. */
function constants(point: Point, mapping: Mapping): string {
  const { reduction, lanes, workgroup } = mapping;
  const lines = [
    `const TOKENS = ${tokensOfLane(point, lanes)};`,
    `const ALL_TOKENS = ${point.tokens};`,
    `const LANES = ${lanes.count};`,
    `const NEAR = ${lanes.near};`,
    `const LEVELS = ${levelsOf(mapping)};`,
    `const PADDED = ${point.tokens % lanes.count !== 0};`,
    `const DIM = ${reduction.dim};`,
    `const COMPONENTS = ${componentsOfLane(mapping)};`,
    `const VALUE_DIM = ${point.dim};`,
    `const REDUCED = ${reduction.kind !== "none"};`,
    `const AIM_LENGTH = ${reduction.aimLength};`,
    `const AIM_COMPONENTS = ${aimOfLane(mapping)};`,
    `const HAS_LEAST_LOSS = ${hasLeastLoss(reduction)};`,
    ...memoryConstants(point, mapping),
    `const TARGET_LENGTH = ${targetLength(point)};`,
    `const WORKGROUP = ${workgroup};`,
    `const COLUMNS = ${columnNames.length};`,
    `const COURSE_WORDS = ${courseWords};`,
    ...Object.entries(placed(entryParts(point.tokens)).at).map(([part, at]) => `const ENTRY_${constantCase(part)}_AT = ${at}u;`),
    `const ENTRY_WORDS = ${entryWords(point.tokens)};`,
    `const RECORD_WORDS = ${recordWords(point.tokens, reduction.dim)};`,
    ...Object.entries(stateParts(point, reduction).at).map(([part, at]) => `const STATE_${constantCase(part)}_AT = ${at};`),
    ...Object.entries(baseParts(point, reduction.kind).at).map(([part, at]) => `const BASE_${constantCase(part)}_AT = ${at};`),
    `const NONE = ${none}u;`,
    `const RUNNING = 0u;`,
    `const NAN = 0x7fc00000u;`,
    ...Object.entries(statuses).map(([name, code]) => `const STATUS_${constantCase(name)} = ${code}u;`),
    ...columnNames.map((name, i) => `const COLUMN_${constantCase(name)} = ${i}u;`),
    `const ABSENT_ROW = ${array(
      columnNames.map((name) => `${columnTypes[columns[name].type].absent}u`),
      "u32",
    )};`,
    ...vectorNames.map((name, i) => `const VECTOR_${constantCase(name)} = ${i}u;`),
    ...Object.entries(purposes).map(([name, code]) => `const PURPOSE_${constantCase(name)} = ${code}u;`),
    `const DIVERGED_AT = ${f32(hasClock(point) ? divergedAtByClock : divergedAt)};`,
    `const POLARIZED_AT = ${f32(point.polarizedAt)};`,
    `const WEIGHTS_ARE_SHARES = ${normalizerRow(point.normalizer).shares};`,
    `const TRAIN_LOGITS = ${point.train !== "values"};`,
    `const TRAIN_VALUES = ${point.train !== "logits"};`,
    ...controlConstants(point),
    ...tableauConstants(tableauOf(point.integrator)),
    `const TALLY_BINS = ${bins};`,
    `const TALLIED = ${talliedNames.length};`,
    `const BINS = ${array(
      talliedNames.map((name) => `Bins(${(tallied[name].lowest + 127) * 2 ** tallied[name].bits}u, ${23 - tallied[name].bits}u)`),
      "Bins",
    )};`,
  ];
  for (const axis of ["normalizer", "loss"] as const)
    for (const [name, value] of Object.entries(point[axis]))
      if (typeof value === "number") lines.push(`const ${constantCase(axis)}_${constantCase(name)} = ${f32(value)};`);
  return lines.join("\n");
}

/**
 * The two programs of an ensemble: `flow` follows the runs, with its loops unrolled so that the state stays in registers;
 * `frame` draws starts and makes results, once a run. Its loops stay loops, which compiles many times faster.
 */
export const programNames = ["flow", "frame"] as const;
export type ProgramName = (typeof programNames)[number];

/** Entry points, one pipeline each, by the program that they are in. */
export const entryPoints = {
  aims: "frame",
  initial: "frame",
  sample: "frame",
  start: "frame",
  flow: "flow",
  end: "frame",
  record: "frame",
} as const satisfies Record<string, ProgramName>;
export type EntryPoint = keyof typeof entryPoints;

/** A loss that is written otherwise where coordinates are dealt over lanes has a file for that. */
function lossFile({ loss }: Reduction, { memory = false }: Lanes): string {
  const dealt = `losses/${loss}-dealt.wgsl`;
  return memory && dealt in shaders ? dealt : `losses/${loss}.wgsl`;
}

/** What both programs consist of, and what each has besides. */
function filesOf(point: Point, { reduction, lanes, company }: Mapping, program: ProgramName): string[] {
  return [
    "math.wgsl",
    lanes.near > 1 ? "lanes/near-subgroup.wgsl" : "lanes/near-none.wgsl",
    isFar(lanes) ? "lanes/far.wgsl" : "lanes/near.wgsl",
    company ? "lanes/company.wgsl" : "lanes/alone.wgsl",
    "tokens.wgsl",
    `values/${lanes.memory ? "memory" : "registers"}.wgsl`,
    "vectors.wgsl",
    "bindings.wgsl",
    `normalizers/${point.normalizer.kind}.wgsl`,
    lossFile(reduction, lanes),
    `clocks/${hasClock(point) ? "margin" : "time"}.wgsl`,
    `models/${point.model}.wgsl`,
    "step.wgsl",
    "dense.wgsl",
    "control.wgsl",
    "clock.wgsl",
    "course.wgsl",
    "statistics/tally.wgsl",
    "observables/shares.wgsl",
    "observables/look.wgsl",
    "observables/record.wgsl",
    ...(program === "flow"
      ? ["flow.wgsl"]
      : [
          "threefry.wgsl",
          "normal.wgsl",
          `targets/${point.target.kind}.wgsl`,
          "initial.wgsl",
          `reductions/${reduction.kind}.wgsl`,
          ...(reduction.kind === "none" ? [] : ["reductions/coordinates.wgsl"]),
          "observables/norms.wgsl",
          "observables/start.wgsl",
          "observables/end.wgsl",
          "observables/trajectory.wgsl",
        ]),
  ];
}

const subgroups =
  "enable subgroups;\ndiagnostic(off, subgroup_uniformity); // the lanes of a run branch alike, and of others only those that are there are asked";

/** The WGSL of a program as a person wrote it: constants, then the files under shaders/ that it takes, loops and all. */
export function composeReadable(point: Point, program: ProgramName, mapping = mappingOf(point)): string {
  return [
    ...(mapping.company || mapping.lanes.near > 1 ? [subgroups] : []),
    `// sinkflow: constants\n${constants(point, mapping)}`,
    ...filesOf(point, mapping, program).map((path) => `// shaders/${path}\n${shader(path)}`),
  ].join("\n\n");
}

/** The WGSL that is compiled. */
export function compose(point: Point, program: ProgramName, mapping = mappingOf(point)): string {
  const tableau = tableauOf(point.integrator);
  const readable = composeReadable(point, program, mapping);
  if (program === "frame") return readable;
  const constants = {
    TOKENS: tokensOfLane(point, mapping.lanes),
    DIM: mapping.reduction.dim,
    COMPONENTS: componentsOfLane(mapping),
    AIM_COMPONENTS: aimOfLane(mapping),
    PARCEL: parcelOf(point, mapping),
    TERMS: termsOf(point),
    STAGES: stagesOf(point),
    DEGREE: degreeOf(tableau),
    LEVELS: levelsOf(mapping),
  };
  const { memory = false } = mapping.lanes;
  return unroll(readable, constants, memory ? ["STAGES", "TOKENS", "COMPONENTS"] : isFar(mapping.lanes) ? ["STAGES"] : []);
}
