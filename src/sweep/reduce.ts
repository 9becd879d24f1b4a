import type { Rows } from "../model/columns.ts";
import { type Ensemble, isOverTime } from "../model/ensemble.ts";
import type { Tallies } from "../model/tallies.ts";
import { PolarizedByTime } from "../statistics/overTime.ts";
import { Summarizer } from "../statistics/summary.ts";
import type { FollowedPortion } from "./follow.ts";

/** What some runs of a point add to its summary. Additions merge in the order of runs. */
export class Addition {
  readonly summarizer: Summarizer;
  readonly polarized: PolarizedByTime;
  /** Undefined where the ensemble has too many recorded times. */
  tallies: Tallies | undefined;

  constructor(ensemble: Ensemble, rows: Rows, tallies: Tallies | undefined) {
    this.summarizer = new Summarizer(ensemble);
    this.polarized = new PolarizedByTime(ensemble);
    this.summarizer.add(rows);
    if (isOverTime(ensemble)) this.polarized.add(rows);
    this.tallies = tallies;
  }

  /** Adds the next runs of the same point. */
  merge({ summarizer, polarized, tallies }: Addition): void {
    this.summarizer.merge(summarizer);
    this.polarized.merge(polarized);
    if (tallies && this.tallies) this.tallies.merge(tallies);
    else this.tallies ??= tallies;
  }
}

/** Reduces each portion of a part to what it adds. */
export const reducePortions = (portions: readonly FollowedPortion[], ensembles: readonly Ensemble[]): Addition[] =>
  portions.map(({ point, rows, tallies }) => new Addition(ensembles[point] as Ensemble, rows, tallies));
