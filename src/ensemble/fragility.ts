import { columnsOf } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { absentIn, rowsWith } from "../model/rows.ts";
import { Fragility as Disturbed } from "../statistics/fragility.ts";
import { exactQuantiles, type Quantiles } from "../statistics/quantiles.ts";
import { type Broken, withFragility } from "./breakRun.ts";
import type { Pool } from "./perform.ts";
import { alikeTokens } from "./ties.ts";

/** How fragile the outputs of an ensemble are: what removing the sink's value does, over runs. */
export interface Fragility {
  /** Runs that ended soundly and have a sink. */
  runs: number;
  /** Absent where there are no such runs. */
  change?: Quantiles;
  /** For each part of the value, over the same runs. */
  losses: Quantiles[];
  /** What `record.fragility` tells of the ends of these runs, but for dominance, which is of pairs. */
  disturbed: ReturnType<Disturbed["result"]>["fragility"];
}

/** Removes parts of the sink's value in the first runs of an ensemble. Throws SinkflowError("interrupted") after a signal, between tasks of a few runs. */
export async function fragility(
  ensemble: Ensemble,
  pool: Pool,
  { runs, parts, signal }: { runs: number; parts: readonly number[]; signal?: AbortSignal },
): Promise<Fragility> {
  const size = 4;
  const alike = await alikeTokens(ensemble, pool);
  const found: Broken[] = [];
  let next = 0;
  const worker = async () => {
    while (next < runs) {
      if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
      const first = next;
      next += size;
      const broken = await pool.perform({ kind: "break", ensemble, first, count: Math.min(size, runs - first), parts });
      found.push(...broken.filter((one) => one !== undefined).filter(({ row }) => !alike.has(row.sink)));
    }
  };
  await Promise.all(Array.from({ length: pool.size }, worker));
  if (found.length === 0) return { runs: 0, losses: [], disturbed: {} };
  const asked = withFragility(ensemble);
  const rows = rowsWith(columnsOf(asked), (name) => Float64Array.from(found, ({ row }) => row[name] ?? absentIn(name)));
  const disturbed = new Disturbed(asked, true);
  disturbed.add(rows, Uint32Array.from(found.keys()));
  return {
    runs: found.length,
    change: exactQuantiles(found.map(({ change }) => change)),
    losses: parts.map((_, i) => exactQuantiles(found.map(({ losses }) => losses[i] as number))),
    disturbed: disturbed.result().fragility,
  };
}
