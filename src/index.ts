/** The universal entry: what runs the same in Node and in a browser. */
export { cpuEngine } from "./ensemble/cpu.ts";
export { inlinePool, type Pool } from "./ensemble/perform.ts";
export { type EnsembleReport, runEnsemble } from "./ensemble/run.ts";
export { composeReadable } from "./gpu/compose.ts";
export { openWebgpuEngine } from "./gpu/engine.ts";
export type { Ensemble } from "./model/ensemble.ts";
export { SinkflowError } from "./model/errors.ts";
export { parseSpecification, type Specification } from "./model/grid.ts";
export type { Engine, EnsembleResult } from "./model/result.ts";
export { jsonSchema } from "./model/schema.ts";
export { readSpecification } from "./model/source.ts";
export { parseEnsemble } from "./model/specification.ts";
export { toJson } from "./sweep/json.ts";
export { isVerified, type PointReport, runSweep, type SweepReport } from "./sweep/sweep.ts";
