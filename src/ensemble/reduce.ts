import { Counted, type CountedPairs } from "../model/counted.ts";
import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import type { Rows } from "../model/rows.ts";
import { Tallies } from "../model/tallies.ts";
import { PolarizedByTime } from "../statistics/overTime.ts";
import { Summarizer } from "../statistics/summary.ts";

/** What some runs of an ensemble add to its summary, as plain data (`Held`). */
export type Addition = {
  summary: ReturnType<Summarizer["held"]>;
  /** Absent where the ensemble has too many recorded times; so is `tallies`, which may be kept apart. */
  polarized?: ReturnType<PolarizedByTime["held"]>;
  tallies?: ReturnType<Tallies["held"]>;
};

/** Runs of an ensemble: their rows, or what a device has counted of them. */
export type ReducedRuns = {
  ensemble: Ensemble;
  /** Whether what they add includes the columns that quantiles are found from; without them `Total.add` needs the rows. */
  columns: boolean;
  /** An ensemble of more runs has quantiles that are not exact. */
  maxExact: number;
} & ({ rows: Rows } | { counted: CountedPairs });

/** Reduces runs to what they add: the same bits of their rows and of what is counted of them. */
export function reduce({ ensemble, columns, maxExact, ...runs }: ReducedRuns): Addition {
  const summarizer = new Summarizer(ensemble, maxExact);
  const polarized = new PolarizedByTime(ensemble);
  if ("rows" in runs) {
    summarizer.add(runs.rows);
    if (isOverTime(ensemble)) polarized.add(runs.rows);
  } else {
    const counted = new Counted(ensemble, runs.counted);
    summarizer.addCounted(counted);
    if (isOverTime(ensemble)) polarized.addCounted(counted);
  }
  return { summary: summarizer.held({ columns }), ...(isOverTime(ensemble) && { polarized: polarized.held() }) };
}

/** The sum of what runs of an ensemble add. */
export class Total {
  readonly summarizer: Summarizer;
  readonly polarized: PolarizedByTime;
  tallies: Tallies | undefined;

  constructor(
    private readonly ensemble: Ensemble,
    maxExact: number,
  ) {
    this.summarizer = new Summarizer(ensemble, maxExact);
    this.polarized = new PolarizedByTime(ensemble);
  }

  /**
   * @param rows of the runs, where the addition has no columns
   * @param tallies of the runs, in place of those of the addition; they may be taken over
   */
  add(
    { summary, polarized, tallies: held }: Addition,
    { rows, tallies }: { rows?: Rows | undefined; tallies?: Tallies | undefined } = {},
  ): void {
    this.summarizer.addHeld(summary);
    if (rows) this.summarizer.keep(rows);
    if (polarized) this.polarized.addHeld(polarized);
    if (tallies) {
      if (this.tallies) this.tallies.addAll(tallies);
      else this.tallies = tallies;
    } else if (held) {
      this.tallies ??= new Tallies(recordedTimes(this.ensemble).length);
      this.tallies.addHeld(held);
    }
  }
}
