import { type Choice, type Column, none, type VectorName } from "../model/columns.ts";
import type { Row } from "../model/rows.ts";
import { modes, squaredNorms } from "../reference/observables.ts";
import type { State } from "../reference/state.ts";
import type { Moment, Order } from "./findings.ts";
import { ulp } from "./random.ts";
import { leastFloat } from "./range.ts";

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

type Decide = (at: Moment, exact: Exact) => Order;
/** What decides each choice, and where the two largest logits are told apart: if they are tied, their gap is what rounding leaves. Whether an answer flips, its gap decides. */
export const orders: Partial<Record<Column, Decide>> = {
  sink: (at, { vectors }) => ({ gap: lead((vectors.weights as Float64Array).map(Math.abs)), against: { at, name: "weights" } }),
  negative: (at, { row, vectors }) => ({ gap: Math.abs(vectors.weights?.[row.sink as number] ?? 0), against: { at, name: "weights" } }),
  byLogit: (_, { vectors }) => initially("initialLogits", lead(vectors.initialLogits as Float64Array)),
  byAlignment: (_, { vectors }) => initially("initialAlignments", lead(vectors.initialAlignments as Float64Array)),
  byAbsAlignment: (_, { vectors }) => initially("initialAlignments", lead((vectors.initialAlignments as Float64Array).map(Math.abs))),
  byValueNorm: (_, { start }) => {
    const squares = squaredNorms(start.values, start.logits.length);
    return { gap: lead(squares), against: (start.values.length / start.logits.length + 16) * (ulp * Math.max(...squares) + leastFloat) };
  },
  byMode: (_, { start }) => {
    const largest = Math.max(...start.logits.map(Math.abs)) + Math.sqrt(Math.max(...squaredNorms(start.values, start.logits.length)));
    // A sum of d products, a norm, a quotient, a sum, each of numbers no larger than these.
    const terms = start.values.length / start.logits.length + 16;
    return { gap: lead(modes(start.logits, start.values, start.target)), against: terms * (ulp * largest + leastFloat) };
  },
  // Drawn by the run alone, and counted past the sink.
  otherToken: () => ({ gap: 1, against: 0 }),
  logitGap: (at, { vectors }) => ({ gap: lead(vectors.logits as Float64Array), against: { at, name: "logits" } }),
  rankByLogit: (_, { row, vectors }) => initially("initialLogits", toSink(vectors.initialLogits, row)),
  rankByAlignment: (_, { row, vectors }) => initially("initialAlignments", toSink(vectors.initialAlignments, row)),
} satisfies Record<Exclude<Choice, `${string}Flips`>, Decide> & Partial<Record<Column, Decide>>;

const initially = (name: VectorName, gap: number): Order => ({ gap, against: { at: "start", name } });
const toSink = (x: Float64Array | undefined, { sink = none }: Partial<Row>) => (sink === none || !x ? 0 : distance(x, sink));
