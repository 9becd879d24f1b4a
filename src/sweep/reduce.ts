import type { Pool } from "../ensemble/perform.ts";
import type { Addition } from "../ensemble/reduce.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { FollowedPortion } from "./follow.ts";

/** Has the pool reduce each portion of a part to what it adds. @param columns see `reduce` */
export const reducePortions = (
  pool: Pool,
  portions: readonly FollowedPortion[],
  ensembles: readonly Ensemble[],
  columns: boolean,
): Promise<Addition[]> =>
  Promise.all(
    portions.map(async ({ point, rows, tallies }) => {
      const addition = await pool.perform({ kind: "reduce", ensemble: ensembles[point] as Ensemble, rows, columns });
      return tallies ? { ...addition, tallies: tallies.held() } : addition;
    }),
  );
