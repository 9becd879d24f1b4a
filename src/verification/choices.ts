import { type Column, none, type Row, type VectorName } from "../model/columns.ts";
import { squaredNorms } from "../reference/observables.ts";
import type { State } from "../reference/state.ts";
import type { Moment } from "./findings.ts";
import { ulp } from "./random.ts";

/** A token, rank or flag that is compared where the reference's order is decided: where a gap exceeds twice a bound. */
export interface Choice {
  at: Moment;
  name: Column;
  got: number;
  exact: number;
  gap: number;
  /** The bound, or the number of the run whose bound it is. */
  against: number | { at: Moment; name: string };
  /** It is compared only where the sink is decided too. */
  ofSink: boolean;
}

interface Exact {
  row: Partial<Row>;
  vectors: Partial<Record<VectorName, Float64Array>>;
  start: State;
}

/** The largest less the second largest. */
function lead(x: Float64Array): number {
  const [first = 0, second = 0] = [...x].sort((a, b) => b - a);
  return first - second;
}

/** The distance from a token's number to the nearest other one. */
const distance = (x: Float64Array, token: number) =>
  x.reduce((least, y, i) => (i === token ? least : Math.min(least, Math.abs(y - (x[token] as number)))), Number.POSITIVE_INFINITY);

type Decided = Pick<Choice, "gap" | "against">;

/** What decides each choice. */
export const choices: Partial<Record<Column, (at: Moment, exact: Exact) => Decided>> = {
  sink: (at, { vectors }) => ({ gap: lead((vectors.weights as Float64Array).map(Math.abs)), against: { at, name: "weights" } }),
  negative: (at, { row, vectors }) => ({ gap: Math.abs(vectors.weights?.[row.sink as number] ?? 0), against: { at, name: "weights" } }),
  byLogit: (_, { vectors }) => initially("initialLogits", lead(vectors.initialLogits as Float64Array)),
  byAlignment: (_, { vectors }) => initially("initialAlignments", lead(vectors.initialAlignments as Float64Array)),
  byAbsAlignment: (_, { vectors }) => initially("initialAlignments", lead((vectors.initialAlignments as Float64Array).map(Math.abs))),
  byValueNorm: (_, { start }) => {
    const squares = squaredNorms(start.values, start.logits.length);
    return { gap: lead(squares), against: (start.values.length / start.logits.length + 16) * ulp * Math.max(...squares) };
  },
  rankByLogit: (_, { row, vectors }) => initially("initialLogits", toSink(vectors.initialLogits, row)),
  rankByAlignment: (_, { row, vectors }) => initially("initialAlignments", toSink(vectors.initialAlignments, row)),
};

const initially = (name: VectorName, gap: number): Decided => ({ gap, against: { at: "start", name } });
const toSink = (x: Float64Array | undefined, { sink = none }: Partial<Row>) => (sink === none || !x ? 0 : distance(x, sink));
