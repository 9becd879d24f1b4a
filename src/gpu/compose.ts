import shaders from "sinkflow:shaders";
import { integrators, type Tableau } from "../model/integrators.ts";
import { normalizers } from "../model/normalizers.ts";
import { type Point, targetLength } from "../model/point.ts";
import { columnNames, divergedAt, none, statuses, vectorNames } from "../model/rows.ts";
import { purposes } from "../model/starts.ts";
import { startScales } from "./starts.ts";
import { unroll } from "./unroll.ts";

/** Invocations a workgroup. */
export const workgroup = 64;

/** The program's entry points, one pipeline each. */
export const entryPoints = ["initial", "start", "flow", "end", "record"] as const;
export type EntryPoint = (typeof entryPoints)[number];

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

/** The tableau as constants; rows of stage weights are filled up with zeros. */
function tableauConstants({ stages, weights }: Tableau): string {
  const size = stages.length;
  const row = (coefficients: readonly number[]) =>
    array(
      Array.from({ length: size }, (_, l) => f32(coefficients[l] ?? 0)),
      "f32",
    );
  return [
    `const STAGE_WEIGHTS = ${array(stages.map(row), `array<f32, ${size}>`)};`,
    `const WEIGHTS = ${array(weights.map(f32), "f32")};`,
  ].join("\n");
}

/** The constants of one ensemble: shape, codes, scales, and the numbers among the chosen kinds' parameters. */
function constants(point: Point): string {
  const scales = startScales(point);
  const lines = [
    `const TOKENS = ${point.tokens};`,
    `const DIM = ${point.dim};`,
    `const TARGET_LENGTH = ${targetLength(point)};`,
    `const WORKGROUP = ${workgroup};`,
    `const NONE = ${none}u;`,
    `const NAN = 0x7fc00000u;`,
    ...Object.entries(statuses).map(([name, code]) => `const STATUS_${constantCase(name)} = ${code}u;`),
    ...columnNames.map((name, i) => `const COLUMN_${constantCase(name)} = ${i}u;`),
    ...vectorNames.map((name, i) => `const VECTOR_${constantCase(name)} = ${i}u;`),
    ...Object.entries(purposes).map(([name, code]) => `const PURPOSE_${constantCase(name)} = ${code}u;`),
    `const DIVERGED_AT = ${f32(divergedAt)};`,
    `const POLARIZED_AT = ${f32(point.polarizedAt)};`,
    `const WEIGHTS_ARE_SHARES = ${normalizers[point.normalizer.kind].shares};`,
    `const TRAIN_LOGITS = ${point.train !== "values"};`,
    `const TRAIN_VALUES = ${point.train !== "logits"};`,
    `const LOGITS_SCALE = ${f32(scales.logits)};`,
    `const VALUES_SCALE = ${f32(scales.values)};`,
    `const STAGES = ${integrators[point.integrator.kind].stages.length};`,
    `const STEP = ${f32(point.integrator.step)};`,
    tableauConstants(integrators[point.integrator.kind]),
  ];
  for (const axis of ["normalizer", "loss"] as const)
    for (const [name, value] of Object.entries(point[axis]))
      if (typeof value === "number") lines.push(`const ${constantCase(axis)}_${constantCase(name)} = ${f32(value)};`);
  return lines.join("\n");
}

/** The WGSL of one ensemble as a person wrote it: constants, then the files under shaders/ that it takes, loops and all. */
export function composeReadable(point: Point): string {
  const files = [
    "math.wgsl",
    "threefry.wgsl",
    "normal.wgsl",
    "tokens.wgsl",
    "bindings.wgsl",
    `targets/${point.target.kind}.wgsl`,
    "initial.wgsl",
    `normalizers/${point.normalizer.kind}.wgsl`,
    `losses/${point.loss.kind}.wgsl`,
    "step.wgsl",
    "observables/shares.wgsl",
    "observables/norms.wgsl",
    "observables/watch.wgsl",
    "observables/start.wgsl",
    "observables/end.wgsl",
    "observables/record.wgsl",
    "flow.wgsl",
  ];
  return [`// sinkflow: constants\n${constants(point)}`, ...files.map((path) => `// shaders/${path}\n${shader(path)}`)].join("\n\n");
}

/** The WGSL that is compiled: the same with its marked loops unrolled. */
export function compose(point: Point): string {
  const stages = integrators[point.integrator.kind].stages.length;
  return unroll(composeReadable(point), { TOKENS: point.tokens, DIM: point.dim, TARGET_LENGTH: targetLength(point), STAGES: stages });
}
