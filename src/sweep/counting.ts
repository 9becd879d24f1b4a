import type { Pool } from "../ensemble/perform.ts";
import type { Addition } from "../ensemble/reduce.ts";
import { isFixed } from "../ensemble/ties.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { shortened } from "../model/errors.ts";
import type { Held } from "../model/held.ts";
import type { Engine, RunOptions } from "../model/result.ts";
import { maxExactRuns } from "../statistics/limits.ts";
import type { FollowedPortion } from "./follow.ts";

/** Whether a device counts the runs of an ensemble where nothing asks for rows. Where no number is drawn rows are changed before they are counted (`Ties`). */
export const isCounted = (engine: Pick<Engine, "countsRuns">, ensemble: Ensemble, maxExact = maxExactRuns): boolean =>
  ensemble.runs > maxExact && !isFixed(ensemble) && engine.countsRuns?.(ensemble) === true;

/**
 * Which runs of a sweep the device counts (`RunOptions.count`) instead of handing over their rows: those of points whose quantiles are not exact.
 * The first part that has such runs is handed over too, and the host counts its rows. Where the two differ, the sweep goes on by rows.
 */
export class Counting {
  private isCompared = false;
  /** What the device counted otherwise than the host, if it did. */
  difference: string | undefined;

  constructor(
    private readonly engine: Pick<Engine, "countsRuns">,
    private readonly maxExact: number,
    /** Whether anything asks for rows. */
    private readonly needsRows: boolean,
  ) {}

  of(ensemble: Ensemble): RunOptions["count"] {
    if (this.needsRows || this.difference !== undefined || !isCounted(this.engine, ensemble, this.maxExact)) return undefined;
    return this.isCompared ? "instead" : "beside";
  }

  /** Compares what was counted of portions, if none was before. Where it differs, what the device counted is dropped. */
  async compare(portions: readonly FollowedPortion[], pool: Pool, ensembles: readonly Ensemble[]): Promise<void> {
    const counted = portions.filter((portion) => portion.counted !== undefined);
    if (this.isCompared || counted.length === 0) return;
    const { maxExact } = this;
    const differences = await Promise.all(
      counted.map(async ({ point, first, count, rows, counted = [] }) => {
        const asked = { addition: true, told: false };
        const task = { kind: "reduce", ensemble: ensembles[point] as Ensemble, columns: false, maxExact, asked } as const;
        const [host, device] = await Promise.all([pool.perform({ ...task, rows }), pool.perform({ ...task, counted })]);
        const difference = firstDifference(device.addition as Addition, host.addition as Addition);
        return (
          difference &&
          `of runs ${first} to ${first + count - 1} of point ${point} the device counted otherwise than the host: ${difference}`
        );
      }),
    );
    this.isCompared = true;
    this.difference = differences.find((difference) => difference !== undefined);
    if (this.difference !== undefined) for (const portion of counted) delete portion.counted;
  }
}

/** Where two of a kind differ first, and how; undefined where they are the same bit for bit. */
function firstDifference(device: Held, host: Held, path = ""): string | undefined {
  if (typeof device !== "object" || typeof host !== "object")
    return Object.is(device, host) ? undefined : `${path} ${shortened(String(device))}, not ${shortened(String(host))}`;
  const own = device as Readonly<Record<string, Held>>;
  const other = host as Readonly<Record<string, Held>>;
  for (const key of new Set([...Object.keys(own), ...Object.keys(other)])) {
    const inner = path === "" ? key : `${path}.${key}`;
    const [one, two] = [own[key], other[key]];
    if (one === undefined || two === undefined) return `${inner} ${String(one)}, not ${String(two)}`;
    const difference = firstDifference(one, two, inner);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
