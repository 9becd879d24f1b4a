import { Counted, type CountedPairs } from "../model/counted.ts";
import { type Ensemble, isOverTime, recordedTimes } from "../model/ensemble.ts";
import type { Rows } from "../model/rows.ts";
import { type HandedTallies, Tallies } from "../model/tallies.ts";
import { type OverTime, overTime, PolarizedByTime } from "../statistics/overTime.ts";
import { Summarizer, type Summary } from "../statistics/summary.ts";

/** What some runs of an ensemble add to its summary, as plain data (`Held`). */
export type Addition = {
  summary: ReturnType<Summarizer["held"]>;
  /** Absent where the ensemble has too many recorded times; so is `tallies`. */
  polarized?: ReturnType<PolarizedByTime["held"]>;
  tallies?: ReturnType<Tallies["held"]>;
};

/** What an ensemble says. */
export interface Told {
  summary: Summary;
  overTime?: OverTime | undefined;
}

/** Runs of an ensemble: their rows, or what a device has counted of them. */
export type ReducedRuns = {
  ensemble: Ensemble;
  /** Whether what they add includes the columns that quantiles are found from; without them `Total.add` needs the rows. */
  columns: boolean;
  /** An ensemble of more runs has quantiles that are not exact. */
  maxExact: number;
  /** What is asked for: what they add, and what they say, where these are all runs of the ensemble. */
  asked: { addition: boolean; told: boolean };
  tallies?: HandedTallies;
} & ({ rows: Rows } | { counted: CountedPairs });

/** What runs are reduced to, as far as it is asked for. */
export interface ReducedTo {
  addition?: Addition;
  told?: Told;
}

/** Reduces runs to what they add, and say: the same bits of their rows and of what is counted of them. */
export function reduce({ ensemble, columns, maxExact, asked, tallies: handed, ...runs }: ReducedRuns): ReducedTo {
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
  const tallies = handed && Tallies.of(handed);
  const reduced = {
    ...(asked.addition && {
      addition: {
        summary: summarizer.held({ columns }),
        ...(isOverTime(ensemble) && { polarized: polarized.held() }),
        ...(tallies && { tallies: tallies.held() }),
      },
    }),
    ...(asked.told && {
      told: { summary: summarizer.summary(), overTime: tallies && overTime(ensemble, polarized.held(), tallies) },
    }),
  };
  tallies?.release();
  return reduced;
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

  /** @param rows of the runs, where the addition has no columns */
  add({ summary, polarized, tallies }: Addition, rows?: Rows): void {
    this.summarizer.addHeld(summary);
    if (rows) this.summarizer.keep(rows);
    if (polarized) this.polarized.addHeld(polarized);
    if (!tallies) return;
    this.tallies ??= new Tallies(recordedTimes(this.ensemble).length);
    this.tallies.addHeld(tallies);
  }
}
