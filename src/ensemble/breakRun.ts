import { none } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { isSound } from "../model/status.ts";
import { Field } from "../reference/field.ts";
import { dot } from "../reference/linear.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";

/** How the output y and the loss of a run change when a part of its sink's value is removed. */
export interface Broken {
  sink: number;
  /** ‖y − y'‖/‖y‖ where the whole value is removed: |p_s|·‖v_s‖/‖V p‖. A part f of the value changes the output by f times this. */
  change: number;
  /** L(V p − f p_s v_s) for each part f. */
  losses: number[];
}

/**
 * Follows a run to its end in float64, and removes parts of the value of its sink.
 * @param parts of the value, 0 to 1 each
 * @returns undefined where the run ended unsound or has no sink
 */
export function breakRun(ensemble: Ensemble, run: number, parts: readonly number[]): Broken | undefined {
  const state = drawStart(ensemble, run);
  const { row } = simulate(ensemble, state); // which leaves the state at the end of the run
  if (!isSound(row.status) || row.sink === none) return undefined;
  const field = new Field(ensemble, state);
  const { output, weights } = field.at(state);
  const weight = weights[row.sink] as number;
  const contribution = output.map((_, k) => weight * (state.values[k * ensemble.tokens + row.sink] as number));
  const losses = parts.map((part) => field.lossOf(output.map((y, k) => y - part * (contribution[k] as number))));
  return { sink: row.sink, change: Math.sqrt(dot(contribution, contribution) / dot(output, output)), losses };
}
