import { none } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Row } from "../model/rows.ts";
import { isSound } from "../model/status.ts";
import { Field } from "../reference/field.ts";
import { difference, outputAfter, valueAt } from "../reference/fragility.ts";
import { dot } from "../reference/linear.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";

/** How the output y and the loss of a run change when a part of its sink's value is removed. */
export interface Broken {
  /** With the columns that `record.fragility` asks for. */
  row: Row;
  /** ‖y − y'‖/‖y‖ where the whole value is taken away: |p_s|·‖v_s‖/‖V p‖ where logits are not made of values, and then f times this for a part f. */
  change: number;
  /** L(y') for each part f. */
  losses: number[];
}

/** The same, whose ends are disturbed. */
export const withFragility = (ensemble: Ensemble): Ensemble => ({ ...ensemble, record: { ...ensemble.record, fragility: true } });

/**
 * Follows a run to its end in float64, and removes parts of the value of its sink.
 * @param parts of the value, 0 to 1 each
 * @returns undefined where the run ended unsound or has no sink
 */
export function breakRun(ensemble: Ensemble, run: number, parts: readonly number[]): Broken | undefined {
  const state = drawStart(ensemble, run);
  const { row } = simulate(withFragility(ensemble), state); // which leaves the state at the end of the run
  if (!isSound(row.status) || row.sink === none) return undefined;
  const field = new Field(ensemble, state);
  const here = field.at(state);
  const value = valueAt(state, row.sink);
  const without = (part: number) =>
    outputAfter(
      here,
      row.sink,
      value.map((x) => -part * x),
    );
  const contribution = difference(here.output, without(1));
  const change = Math.sqrt(dot(contribution, contribution) / dot(here.output, here.output));
  return { row, change, losses: parts.map((part) => field.lossOf(without(part))) };
}
