import shaders from "sinkflow:shaders";
import { type Ensemble, hasClock } from "../model/ensemble.ts";
import type { Reduction } from "../model/reductions.ts";
import type { Lanes } from "../model/result.ts";
import { type Constants, constantsOf } from "./constants.ts";
import { isWorkgroup, type Mapping, mappingOf } from "./mapping.ts";
import { progressFields, wordFunctions } from "./structs.ts";
import { unroll } from "./unroll.ts";

const shader = (path: string): string => {
  const text = shaders[path];
  if (text === undefined) throw new Error(`no shader ${path}`);
  return text;
};

/**
 * The two programs of an ensemble: `flow` follows the runs, with its loops unrolled so that the state stays in registers;
 * `startAndEnd` draws starts and makes results, once a run. Its loops stay loops, which compiles many times faster.
 */
export const programNames = ["flow", "startAndEnd"] as const;
export type ProgramName = (typeof programNames)[number];

/** Entry points, one pipeline each, by the program that they are in. */
export const entryPoints = {
  aims: "startAndEnd",
  initial: "startAndEnd",
  sample: "startAndEnd",
  start: "startAndEnd",
  flow: "flow",
  end: "startAndEnd",
  record: "startAndEnd",
} as const satisfies Record<string, ProgramName>;
export type EntryPoint = keyof typeof entryPoints;

/** Where coordinates are dealt over lanes, some losses have a file of their own. */
function lossFile({ loss }: Reduction, { memory = false }: Lanes): string {
  const dealt = `losses/${loss}-dealt.wgsl`;
  return memory && dealt in shaders ? dealt : `losses/${loss}.wgsl`;
}

/** What takes a step: so far a Runge-Kutta tableau for every integrator. The file's head says what another one must define. */
const stepFile = (_point: Ensemble): string => "steps/runge-kutta.wgsl";

/** What both programs consist of, and what each has besides. */
function filesOf(ensemble: Ensemble, { reduction, lanes, neighbors }: Mapping, program: ProgramName): string[] {
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
    lossFile(reduction, lanes),
    `clocks/${hasClock(ensemble) ? "margin" : "time"}.wgsl`,
    `models/${ensemble.model}.wgsl`,
    stepFile(ensemble),
    "dense.wgsl",
    "control.wgsl",
    "moment.wgsl",
    "progress.wgsl",
    "statistics/tally.wgsl",
    "observables/shares.wgsl",
    "observables/events.wgsl",
    "observables/record.wgsl",
    ...(program === "flow"
      ? ["flow.wgsl"]
      : [
          "threefry.wgsl",
          "normal.wgsl",
          `targets/${ensemble.target.kind}.wgsl`,
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

/**
 * A compiler can't prove that all lanes of a subgroup exchange numbers at the same time. They do: the lanes of a run take the same
 * branches, and neighbors_any asks only those that are there.
 */
const subgroups = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);";

/** The WGSL of a program as a person wrote it: constants, then the files under shaders/ that it takes, with their loops and comments. */
export function composeReadable(ensemble: Ensemble, program: ProgramName, mapping = mappingOf(ensemble)): string {
  return [
    ...(mapping.neighbors || mapping.lanes.subgroupLanes > 1 ? [subgroups] : []),
    `// sinkflow: constants\n${declarationsOf(constantsOf(ensemble, mapping))}`,
    `// sinkflow: the words of a Progress\n${wordFunctions("Progress", progressFields)}`,
    ...filesOf(ensemble, mapping, program).map((path) => `// shaders/${path}\n${shader(path)}`),
  ].join("\n\n");
}

const declarationsOf = (constants: Constants) =>
  Object.entries(constants)
    .map(([name, value]) => `const ${name} = ${value};`)
    .join("\n");

/** The WGSL that is compiled. */
export function compose(ensemble: Ensemble, program: ProgramName, mapping = mappingOf(ensemble)): string {
  const readable = composeReadable(ensemble, program, mapping);
  if (program === "startAndEnd") return readable;
  const { lanes } = mapping;
  const loops = lanes.memory ? ["STAGES", "TOKENS", "COMPONENTS"] : isWorkgroup(lanes) ? ["STAGES"] : [];
  return unroll(readable, constantsOf(ensemble, mapping), loops);
}
