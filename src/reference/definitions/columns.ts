import { type ColumnDefinition, definedColumn, type EndState, nameOf } from "../../model/definitions.ts";
import { SinkflowError, show } from "../../model/errors.ts";
import type { Evaluation } from "../field.ts";
import { valueNorms } from "../observables.ts";

/** What a column of one's own has at an end. Throws SinkflowError("input") where that is no number. */
export function columnValue(definition: ColumnDefinition, end: EndState): number {
  const value: unknown = definition.value(end);
  if (typeof value !== "number")
    throw new SinkflowError("input", `${nameOf(definition)}: expected value to give a number, got ${show(value)}`);
  return value;
}

/** The columns of one's own that an ensemble has, at a state. */
export function ownColumns(here: Evaluation): Record<string, number> {
  const { columns } = here.field.ensemble.record;
  if (!columns) return {};
  const { logits, weights, state } = here;
  const end: EndState = {
    logits: logits.slice(),
    weights: weights.slice(),
    norms: valueNorms(state.values, logits.length),
    alignments: here.alignments(),
    loss: here.loss(),
  };
  const definitionOf = (name: string) => definedColumn(name)?.definition as ColumnDefinition;
  return Object.fromEntries(columns.map((name) => [name, columnValue(definitionOf(name), end)]));
}
