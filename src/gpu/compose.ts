import shaders from "sinkflow:shaders";
import { hasClock, type Point } from "../model/point.ts";
import type { Reduction } from "../model/reductions.ts";
import type { Lanes } from "../model/result.ts";
import { type Constants, constantsOf } from "./constants.ts";
import { isWorkgroup, type Mapping, mappingOf } from "./mapping.ts";
import { courseFields, wordFunctions } from "./structs.ts";
import { unroll } from "./unroll.ts";

const shader = (path: string): string => {
  const text = shaders[path];
  if (text === undefined) throw new Error(`no shader ${path}`);
  return text;
};

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

/** Where coordinates are dealt over lanes, some losses have a file of their own. */
function lossFile({ loss }: Reduction, { memory = false }: Lanes): string {
  const dealt = `losses/${loss}-dealt.wgsl`;
  return memory && dealt in shaders ? dealt : `losses/${loss}.wgsl`;
}

/** What takes a step: so far a Runge-Kutta tableau for every integrator. The file's head says what another one must define. */
const stepFile = (_point: Point): string => "steps/runge-kutta.wgsl";

/** What both programs consist of, and what each has besides. */
function filesOf(point: Point, { reduction, lanes, neighbors }: Mapping, program: ProgramName): string[] {
  return [
    "math.wgsl",
    lanes.near > 1 ? "lanes/exchange.wgsl" : "lanes/no-exchange.wgsl",
    isWorkgroup(lanes) ? "lanes/workgroup.wgsl" : "lanes/subgroup.wgsl",
    neighbors ? "lanes/neighbors.wgsl" : "lanes/no-neighbors.wgsl",
    "tokens.wgsl",
    `values/${lanes.memory ? "memory" : "registers"}.wgsl`,
    "vectors.wgsl",
    "bindings.wgsl",
    `normalizers/${point.normalizer.kind}.wgsl`,
    lossFile(reduction, lanes),
    `clocks/${hasClock(point) ? "margin" : "time"}.wgsl`,
    `models/${point.model}.wgsl`,
    stepFile(point),
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

/**
 * A compiler can't prove that all lanes of a subgroup exchange numbers at the same time. They do: the lanes of a run take the same
 * branches, and neighbors_any asks only those that are there.
 */
const subgroups = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);";

/** The WGSL of a program as a person wrote it: constants, then the files under shaders/ that it takes, with their loops and comments. */
export function composeReadable(point: Point, program: ProgramName, mapping = mappingOf(point)): string {
  return [
    ...(mapping.neighbors || mapping.lanes.near > 1 ? [subgroups] : []),
    `// sinkflow: constants\n${declarationsOf(constantsOf(point, mapping))}`,
    `// sinkflow: the words of a Course\n${wordFunctions("Course", courseFields)}`,
    ...filesOf(point, mapping, program).map((path) => `// shaders/${path}\n${shader(path)}`),
  ].join("\n\n");
}

const declarationsOf = (constants: Constants) =>
  Object.entries(constants)
    .map(([name, value]) => `const ${name} = ${value};`)
    .join("\n");

/** The WGSL that is compiled. */
export function compose(point: Point, program: ProgramName, mapping = mappingOf(point)): string {
  const readable = composeReadable(point, program, mapping);
  if (program === "frame") return readable;
  const { lanes } = mapping;
  const loops = lanes.memory ? ["STAGES", "TOKENS", "COMPONENTS"] : isWorkgroup(lanes) ? ["STAGES"] : [];
  return unroll(readable, constantsOf(point, mapping), loops);
}
