import type { Point } from "../model/point.ts";
import { isSound, none } from "../model/rows.ts";
import { Field } from "../reference/field.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";
import { type Quantiles, quantilesOf } from "../statistics/quantiles.ts";

/** What becomes of a run's answer when a part of its sink's value is taken away. */
export interface Broken {
  /** ‖y − y'‖/‖y‖ where all of it is: |p_s|·‖v_s‖/‖V p‖. A part of it changes the output by that part of this. */
  change: number;
  /** L(V p − f p_s v_s) for each part f. */
  losses: number[];
}

/** Over runs. */
export interface Fragility {
  /** Runs that ended soundly and have a sink. */
  runs: number;
  change?: Quantiles;
  /** For each part, of the same runs. */
  losses: Quantiles[];
}

/** Follows a run to its end in float64, and takes parts of the value of its sink away, 0 to 1 each; undefined where it has none. */
export function breakRun(point: Point, run: number, parts: readonly number[]): Broken | undefined {
  const { tokens: n, dim: d } = point;
  const state = drawStart(point, run);
  const { row } = simulate(point, state); // which leaves the state at its end
  if (!isSound(row.status) || row.sink === none) return undefined;
  const field = new Field(point);
  field.forward(state, state);
  const output = field.output.slice();
  const weight = field.weights[row.sink] as number;
  const contribution = output.map((_, k) => weight * (state.values[k * n + row.sink] as number));
  const losses = parts.map((part) => {
    for (let k = 0; k < d; k++) field.output[k] = (output[k] as number) - part * (contribution[k] as number);
    return field.lossValue(state);
  });
  return { change: Math.hypot(...contribution) / Math.hypot(...output), losses };
}

/** The same over runs. */
export function fragilityOf(broken: readonly (Broken | undefined)[]): Fragility {
  const runs = broken.filter((one) => one !== undefined);
  const [first] = runs;
  if (!first) return { runs: 0, losses: [] };
  const quantiles = (numbers: number[]) => {
    const sorted = Float64Array.from(numbers).sort();
    return quantilesOf(sorted.length, sorted.reduce((sum, x) => sum + x, 0) / sorted.length, (rank) => sorted[rank] as number);
  };
  return {
    runs: runs.length,
    change: quantiles(runs.map(({ change }) => change)),
    losses: first.losses.map((_, i) => quantiles(runs.map(({ losses }) => losses[i] as number))),
  };
}
