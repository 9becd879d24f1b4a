import shaders from "sinkflow:shaders";
import { type DefinedAxis, definedLoss, definedNormalizer } from "../model/definitions.ts";
import { type Ensemble, hasClock, isCentered, noiseKind } from "../model/ensemble.ts";
import { answerOf, hasDominance } from "../model/fragility.ts";
import { isAdaptive } from "../model/integrators.ts";
import { models } from "../model/models.ts";
import type { Reduction } from "../model/reductions.ts";
import type { Lanes } from "../model/result.ts";
import { scheduleOf } from "../model/schedules.ts";
import { columnFiles, setColumns } from "./columns.ts";
import { constantsOf } from "./constants.ts";
import { followsCrossings } from "./crossings.ts";
import { isWorkgroup, type Mapping, mappingOf } from "./mapping.ts";
import { columnHeader, ownColumns } from "./ownColumns.ts";
import { numberDeclarations } from "./points.ts";
import { progressFields, wordFunctions } from "./structs.ts";
import { isFull, trainedBy } from "./training.ts";
import { unroll } from "./unroll.ts";

/** The WGSL at a path under shaders/. A kind of one's own has its place among those of the tables. */
function shader(path: string): string {
  const [folder, kind = ""] = path.replace(/\.wgsl$/, "").split("/");
  const defined = folder === "losses" ? definedLoss(kind) : folder === "normalizers" ? definedNormalizer(kind) : undefined;
  const text = shaders[path] ?? defined?.definition.wgsl;
  if (text === undefined) throw new Error(`no shader ${path}`);
  return text;
}

/**
 * The two programs of an ensemble: `flow` follows the runs, `startAndEnd` draws starts and makes results, once a run. Marked loops are unrolled, so that
 * the state stays in registers; a driver that unrolls them itself takes longer.
 */
export const programNames = ["flow", "startAndEnd"] as const;
export type ProgramName = (typeof programNames)[number];

/** The program that each entry point is in. Each has a pipeline of its own. */
export const entryPoints = {
  aims: "startAndEnd",
  initial: "startAndEnd",
  starts: "startAndEnd",
  start: "startAndEnd",
  flow: "flow",
  end: "startAndEnd",
  observations: "startAndEnd",
  record: "startAndEnd",
  reduce: "startAndEnd",
  pack: "startAndEnd",
} as const satisfies Record<string, ProgramName>;
export type EntryPoint = keyof typeof entryPoints;

/** The files of a loss; some losses have another one where components are dealt over lanes. */
function lossFiles({ loss }: Reduction, { memory = false }: Lanes): string[] {
  const dealt = `losses/${loss}-dealt.wgsl`;
  const file = memory && dealt in shaders ? dealt : `losses/${loss}.wgsl`;
  return definedLoss(loss)?.definition.aim === "margin" ? [file, "definitions/margin.wgsl"] : [file];
}

/**
 * Whether steps can be known to be quiet before they are taken, by the bounds of shaders/steps/sure.wgsl, and it pays. Where lanes meet at barriers it would
 * cost one more.
 */
function canBeSure(ensemble: Ensemble, { lanes, skips }: Mapping): boolean {
  const { normalizer, model, integrator } = ensemble;
  const isBounded = normalizer.kind === "softmax" && !models[model].tied && integrator !== undefined && !isAdaptive(integrator);
  const hasOthers = isFull(ensemble) || hasClock(ensemble) || followsCrossings(ensemble);
  return skips && isBounded && !hasOthers && !isWorkgroup(lanes);
}

/** The files that take steps: by a Runge-Kutta method, or by an optimizer. */
function stepFiles(ensemble: Ensemble, mapping: Mapping, program: ProgramName): string[] {
  const optimizer = trainedBy(ensemble);
  const values = mapping.lanes.memory ? "memory" : "registers";
  const files = (kind: string, trials: string) => [
    "steps/slope.wgsl",
    `steps/${kind}.wgsl`,
    `steps/${kind}-${values}.wgsl`,
    ...(program === "flow"
      ? [`steps/${trials}-trials.wgsl`, `steps/${canBeSure(ensemble, mapping) ? "sure" : "unsure"}.wgsl`, "steps/fixed.wgsl"]
      : [`steps/${kind}-stands.wgsl`]),
  ];
  const flow = ["steps/stored.wgsl", "steps/adaptive.wgsl", "clocks/ticks.wgsl"];
  if (!optimizer && isFull(ensemble)) return [...files("decay", "runge-kutta"), ...flow];
  if (!optimizer) return [...files("runge-kutta", "runge-kutta"), ...flow, "dense.wgsl"];
  return [
    ...files("training", "training"),
    `optimizers/${optimizer.kind}.wgsl`,
    `schedules/${scheduleOf(optimizer.learningRate).kind}.wgsl`,
  ];
}

const drawing = ["threefry.wgsl", "normal.wgsl"];

/** The files of what noise there is. */
function noiseFiles(ensemble: Ensemble, { memory = false }: Lanes): string[] {
  const kind = noiseKind(ensemble);
  return [
    ...(kind ? [...drawing, "noise/draw.wgsl"] : []),
    `noise/${kind ?? "none"}.wgsl`,
    ...(kind === "label" ? [] : ["noise/no-aim-noise.wgsl"]),
    kind === "gradient" ? `noise/gradient-${memory ? "memory" : "registers"}.wgsl` : "noise/no-gradient-noise.wgsl",
  ];
}

/** The files of the time in which the flow is followed. */
function clockFiles(ensemble: Ensemble): string[] {
  return [`clocks/${hasClock(ensemble) ? "margin" : "time"}.wgsl`, `clocks/${isCentered(ensemble) ? "centered" : "pull"}.wgsl`];
}

/** The files of what is done to the end of a run. */
function fragilityFiles(ensemble: Ensemble, reduction: Reduction): string[] {
  if (!ensemble.record.fragility) return ["observables/no-fragility.wgsl", "observables/no-dominance.wgsl"];
  const answer = answerOf(ensemble);
  return [
    `observables/${answer ? `answer-${answer}` : "no-answer"}.wgsl`,
    `observables/fragility-${reduction.kind === "none" ? "whole" : "reduced"}.wgsl`,
    "observables/fragility.wgsl",
    `observables/${hasDominance(ensemble) ? "dominance" : "no-dominance"}.wgsl`,
  ];
}

/** The files of a program under shaders/: those of both programs, then its own. */
function filesOf(ensemble: Ensemble, mapping: Mapping, program: ProgramName): string[] {
  const { reduction, lanes, neighbors } = mapping;
  return [
    "math.wgsl",
    lanes.subgroupLanes > 1 ? "lanes/exchange.wgsl" : "lanes/no-exchange.wgsl",
    isWorkgroup(lanes) ? "lanes/workgroup.wgsl" : "lanes/subgroup.wgsl",
    neighbors ? "lanes/neighbors.wgsl" : "lanes/no-neighbors.wgsl",
    "tokens.wgsl",
    `values/${lanes.memory ? "memory" : "registers"}.wgsl`,
    "vectors.wgsl",
    "bindings.wgsl",
    `normalizers/${ensemble.normalizer.kind}.wgsl`,
    ...lossFiles(reduction, lanes),
    ...clockFiles(ensemble),
    ...noiseFiles(ensemble, lanes),
    `models/${ensemble.model}.wgsl`,
    ...stepFiles(ensemble, mapping, program),
    "control.wgsl",
    "moment.wgsl",
    "progress.wgsl",
    "points.wgsl",
    "statistics/tally.wgsl",
    "observables/shares.wgsl",
    "observables/events.wgsl",
    `observables/${followsCrossings(ensemble) ? "crossings" : "no-crossings"}.wgsl`,
    "observables/record.wgsl",
    ...(program === "flow"
      ? ["flow.wgsl"]
      : [
          ...(noiseKind(ensemble) ? [] : drawing),
          `targets/${ensemble.target.kind}.wgsl`,
          "initial.wgsl",
          `reductions/${reduction.kind}.wgsl`,
          ...(reduction.kind === "none" ? [] : ["reductions/coordinates.wgsl"]),
          "observables/norms.wgsl",
          ...columnFiles(ensemble),
          "observables/start.wgsl",
          "observables/sink.wgsl",
          ...fragilityFiles(ensemble, reduction),
          "observables/end.wgsl",
          "observables/trajectory.wgsl",
          "observables/samples.wgsl",
          "statistics/reduce.wgsl",
          "statistics/pack.wgsl",
        ]),
  ];
}

/**
 * A compiler can't prove that all lanes of a run exchange numbers at the same time. They do, since they take the same branches;
 * and neighbors_any concerns only the lanes that execute it together.
 */
const subgroups = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);";

/** The WGSL of a program to be read: constants, then its files under shaders/ as they are, with loops and comments. */
export function composeReadable(ensemble: Ensemble, program: ProgramName, mapping = mappingOf(ensemble)): string {
  const constants = Object.entries(constantsOf(ensemble, mapping, program === "flow")).map(([name, value]) => `const ${name} = ${value};`);
  return [
    ...(mapping.neighbors || mapping.lanes.subgroupLanes > 1 ? [subgroups] : []),
    ["// sinkflow: constants", ...constants].join("\n"),
    `// sinkflow: the numbers of a point\n${numberDeclarations(ensemble)}`,
    `// sinkflow: the words of a Progress\n${wordFunctions("Progress", progressFields)}`,
    ...filesOf(ensemble, mapping, program).map((path) => `// shaders/${path}\n${shader(path)}`),
    ...(program === "startAndEnd" ? [setColumns(ensemble), ownColumns(ensemble)] : []),
  ].join("\n\n");
}

/** The WGSL that a program has of a definition begins behind this line. */
export const definitionHeader = (axis: DefinedAxis, kind: string): string =>
  axis === "column" ? columnHeader(kind) : `// shaders/${axis === "loss" ? "losses" : "normalizers"}/${kind}.wgsl`;

/** The WGSL that tries a definition at given states: the entry point `check`, behind a program. */
export const composeCheck = (ensemble: Ensemble, axis: DefinedAxis, mapping: Mapping): string =>
  `${composeReadable(ensemble, "startAndEnd", mapping)}\n\n// shaders/definitions/check-${axis}.wgsl\n${shader(`definitions/check-${axis}.wgsl`)}`;

/** The WGSL that is compiled. */
export function compose(ensemble: Ensemble, program: ProgramName, mapping = mappingOf(ensemble)): string {
  const readable = composeReadable(ensemble, program, mapping);
  const { lanes } = mapping;
  const loops = lanes.memory ? ["STAGES", "TOKENS", "TOKEN_PAIRS", "COMPONENTS"] : isWorkgroup(lanes) ? ["STAGES"] : [];
  return unroll(readable, constantsOf(ensemble, mapping, program === "flow"), loops);
}
