import type { Row, VectorName } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Observed, Recorded } from "./recorder.ts";
import { observeStart, rowOf, vectorsOf } from "./row.ts";
import { Run, type SimulateOptions } from "./run.ts";
import type { State } from "./state.ts";

/** What came of one run. */
export interface RunResult {
  row: Row;
  /** At the start and at the end, n numbers each. */
  vectors: Record<VectorName, Float64Array>;
  /** With `trajectory`, an entry for each recorded time; fewer where the run went non-finite. */
  recorded: Recorded[];
  /** With `overTime`, where the ensemble has distributions over time. */
  observed?: Observed;
}

/**
 * Follows one run from its start to its end in float64. The state is changed in place and ends as the run does.
 * This is the oracle: plain loops, full Runge-Kutta stages, nothing shared with the kernel but the tables.
 */
export function simulate(ensemble: Ensemble, state: State, options: SimulateOptions = {}): RunResult {
  const run = new Run(ensemble, state, options);
  const start = observeStart(run.here);
  while (run.status === 0) run.step();
  const { here, status, steps, recorder } = run;
  recorder.end(here, status, steps);
  const { recorded, observed } = recorder;
  return { row: rowOf(run, start), vectors: vectorsOf(run, start), recorded, ...(observed && { observed }) };
}
