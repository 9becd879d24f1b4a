import type { Pool } from "../ensemble/perform.ts";
import type { Addition, ReducedRuns } from "../ensemble/reduce.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { FollowedPortion } from "./follow.ts";

/** Has the pool reduce each portion of a part to what it adds. @param options see `ReducedRuns`; and whether histograms over time are packed for a record */
export const reducePortions = (
  pool: Pool,
  portions: readonly FollowedPortion[],
  ensembles: readonly Ensemble[],
  { packs, ...options }: Pick<ReducedRuns, "columns" | "maxExact"> & { packs: boolean },
): Promise<Addition[]> =>
  Promise.all(
    portions.map(async ({ point, rows, counted, tallies }) => {
      const task = { kind: "reduce", ensemble: ensembles[point] as Ensemble, ...options } as const;
      const addition = await pool.perform(counted ? { ...task, counted } : { ...task, rows });
      return packs && tallies ? { ...addition, tallies: tallies.held() } : addition;
    }),
  );
