import type { Pool } from "../ensemble/perform.ts";
import type { ReducedRuns, reduce } from "../ensemble/reduce.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { buffersOf } from "../model/tallies.ts";
import type { FollowedPortion } from "./follow.ts";

/** A point of so many runs is summarized by one thread; of more runs several find the quantiles. */
const maxTold = 2 ** 16;

/**
 * Has the pool reduce a portion to what it adds or, where it is a whole point, to what that says. Histograms over time are transferred: they are of no more use.
 * @param keeps whether what it adds is kept, too
 */
export function reducePortion(
  pool: Pool,
  { count, rows, counted, tallies }: FollowedPortion,
  ensemble: Ensemble,
  { keeps, ...options }: Pick<ReducedRuns, "columns" | "maxExact"> & { keeps: boolean },
): Promise<ReturnType<typeof reduce>> {
  const told = count === ensemble.runs && count <= maxTold;
  const handed = tallies?.handed();
  const asked = { addition: keeps || !told, told };
  const task = { kind: "reduce", ensemble, asked, ...options, ...(handed && { tallies: handed }) } as const;
  return pool.perform(counted ? { ...task, counted } : { ...task, rows }, handed && buffersOf(handed));
}
