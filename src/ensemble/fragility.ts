import { SinkflowError } from "../model/errors.ts";
import type { Point } from "../model/point.ts";
import { isSound, none } from "../model/rows.ts";
import { Field } from "../reference/field.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";
import { exactQuantiles, type Quantiles } from "../statistics/quantiles.ts";
import type { Pool } from "./tasks.ts";

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

/**
 * The same over the first runs of an ensemble, on the threads of a pool. Throws SinkflowError("interrupted") when the signal fires,
 * which is looked at between tasks of a few runs.
 */
export async function fragility(
  point: Point,
  pool: Pool,
  { runs, parts, signal }: { runs: number; parts: readonly number[]; signal?: AbortSignal },
): Promise<Fragility> {
  const size = 4;
  const found: Broken[] = [];
  let next = 0;
  const worker = async () => {
    while (next < runs) {
      if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
      const first = next;
      next += size;
      const broken = await pool.perform({ kind: "break", point, first, count: Math.min(size, runs - first), parts });
      found.push(...broken.filter((one) => one !== undefined));
    }
  };
  await Promise.all(Array.from({ length: pool.size }, worker));
  if (found.length === 0) return { runs: 0, losses: [] };
  return {
    runs: found.length,
    change: exactQuantiles(found.map(({ change }) => change)),
    losses: parts.map((_, i) => exactQuantiles(found.map(({ losses }) => losses[i] as number))),
  };
}
