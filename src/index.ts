/** The universal entry: what runs the same in Node and in a browser. */
export { cpuEngine } from "./ensemble/cpu.ts";
export { inlinePool, type Pool } from "./ensemble/perform.ts";
export { runWhole } from "./ensemble/whole.ts";
export { composeReadable } from "./gpu/compose.ts";
export { openWebgpuEngine } from "./gpu/engine.ts";
export type { Ensemble } from "./model/ensemble.ts";
export { SinkflowError } from "./model/errors.ts";
export { parseSpecification, type Specification } from "./model/grid.ts";
export type { Engine } from "./model/result.ts";
export { jsonSchema } from "./model/schema.ts";
export { readSpecification } from "./model/source.ts";
export { parseEnsemble } from "./model/specification.ts";
export { toJson } from "./results/json.ts";
export type { EnsembleReport } from "./sweep/fold.ts";
export { isVerified, type PointReport, runEnsemble, runSweep, type SweepReport } from "./sweep/sweep.ts";
