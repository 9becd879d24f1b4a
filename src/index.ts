/** The universal entry: what runs the same in Node and in a browser. */
export { cpuEngine } from "./ensemble/cpu.ts";
export type { Pool } from "./ensemble/perform.ts";
export { inlinePool } from "./ensemble/perform.ts";
export { type EnsembleReport, runEnsemble as runPoint } from "./ensemble/run.ts";
export { composeReadable } from "./gpu/compose.ts";
export { openWebgpuEngine } from "./gpu/engine.ts";
export type { Ensemble as Point } from "./model/ensemble.ts";
export { SinkflowError } from "./model/errors.ts";
export { parseSpecification, type Specification } from "./model/grid.ts";
export type { Engine, EnsembleResult } from "./model/result.ts";
export { readSpecification } from "./model/source.ts";
export { jsonSchema, parseEnsemble as parsePoint } from "./model/specification.ts";
export { isVerified, type PointReport, runSweep, type SweepReport, toJson } from "./sweep/sweep.ts";
