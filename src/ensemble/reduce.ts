import type { Rows } from "../model/columns.ts";
import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import { Tallies } from "../model/tallies.ts";
import { PolarizedByTime } from "../statistics/overTime.ts";
import { Summarizer } from "../statistics/summary.ts";

/** What some runs of an ensemble add to its summary, as plain data (`Held`). */
export type Addition = {
  summary: ReturnType<Summarizer["held"]>;
  /** Absent where the ensemble has too many recorded times; so is `tallies`. */
  polarized?: ReturnType<PolarizedByTime["held"]>;
  tallies?: ReturnType<Tallies["held"]>;
};

/**
 * Reduces runs to what they add.
 * @param columns whether that includes the columns that quantiles are found from; without them `Total.add` needs the rows
 */
export function reduce({ ensemble, rows, columns }: { ensemble: Ensemble; rows: Rows; columns: boolean }): Addition {
  const summarizer = new Summarizer(ensemble);
  summarizer.add(rows);
  const addition: Addition = { summary: summarizer.held({ columns }) };
  if (isOverTime(ensemble)) {
    const polarized = new PolarizedByTime(ensemble);
    polarized.add(rows);
    addition.polarized = polarized.held();
  }
  return addition;
}

/** The sum of what runs of an ensemble add. */
export class Total {
  readonly summarizer: Summarizer;
  readonly polarized: PolarizedByTime;
  readonly tallies: Tallies | undefined;

  constructor(ensemble: Ensemble) {
    this.summarizer = new Summarizer(ensemble);
    this.polarized = new PolarizedByTime(ensemble);
    if (isOverTime(ensemble)) this.tallies = new Tallies(recordedTimes(ensemble).length);
  }

  /** @param rows of the runs, where the addition has no columns */
  add({ summary, polarized, tallies }: Addition, rows?: Rows): void {
    this.summarizer.addHeld(summary);
    if (rows) this.summarizer.keep(rows);
    if (polarized) this.polarized.addHeld(polarized);
    if (tallies) this.tallies?.addHeld(tallies);
  }
}
