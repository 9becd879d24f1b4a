import type { Pool } from "../ensemble/perform.ts";
import type { ReducedRuns, ReducedTo } from "../ensemble/reduce.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { buffersOf } from "../model/tallies.ts";
import { manyNumbers } from "../statistics/limits.ts";
import type { FollowedPortion } from "./follow.ts";

export interface ReduceOptions extends Pick<ReducedRuns, "columns" | "maxExact"> {
  /** Whether what portions add is kept, */
  keeps: boolean;
  /** and whether whole points tell what they say. */
  tells: boolean;
}

/**
 * Has the pool reduce a portion to what it adds or, where it is a whole point, to what that says. Its histograms over time go to the thread.
 * Of so many runs that several threads find quantiles, what they add is put together.
 */
export function reducePortion(
  pool: Pool,
  portion: FollowedPortion,
  ensemble: Ensemble,
  { keeps, tells, ...options }: ReduceOptions,
): Promise<ReducedTo> {
  const { count, rows, counted } = portion;
  const told = tells && count === ensemble.runs && count < manyNumbers;
  const tallies = portion.tallies?.handed();
  delete portion.tallies;
  const asked = { addition: keeps || !told, told };
  const task = { kind: "reduce", ensemble, asked, ...options, ...(tallies && { tallies }) } as const;
  return pool.perform(counted ? { ...task, counted } : { ...task, rows }, tallies && buffersOf(tallies));
}
