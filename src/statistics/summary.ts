import type { Rows } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { soundRuns } from "../model/status.ts";
import { ColumnQuantiles } from "./columnQuantiles.ts";
import { type Distribution, resolution } from "./distribution.ts";
import { Endings } from "./endings.ts";
import { Predictors } from "./predictors.ts";
import { Sinks } from "./sinks.ts";
import { present, type Statistic } from "./statistic.ts";

/**
 * Most bytes of numbers that are held for exact quantiles: those of 5.5 million runs of a device, of half as many of the CPU
 * engine. (With twice as much, ten million runs took 0.98 GB in all on a software driver.)
 */
const maxHeldBytes = 2 ** 28;

/** The statistics over an ensemble's runs, in the order in which the JSON has what they tell. */
const statisticsOf = (ensemble: Ensemble, bytes: number) => ({
  endings: new Endings(),
  sinks: new Sinks(ensemble),
  quantiles: new ColumnQuantiles(ensemble, ["state", "times"], bytes),
  predictors: new Predictors(),
  massiveActivation: new ColumnQuantiles(ensemble, ["massiveActivation"], bytes),
});
type Statistics = ReturnType<typeof statisticsOf>;
const names = Object.keys(statisticsOf({ tokens: 0 } as Ensemble, 0)) as (keyof Statistics)[];

type Intersected<Union> = (Union extends unknown ? (x: Union) => void : never) extends (x: infer All) => void ? All : never;

/** What an ensemble says, as in the JSON. What could not be computed is absent. */
export type Summary = { runs: number } & Intersected<ReturnType<Statistics[keyof Statistics]["result"]>> & {
    /** What quantiles may be off by, relatively (those of effectiveTokens: their logarithms); mean, min and max are exact. Absent where all are. */
    quantileResolution?: number;
  };

/**
 * What an ensemble says, from its rows as they come, in the order of its runs: so it does not depend on how they were cut
 * into batches, and no rows are held, only the columns that have quantiles.
 */
export class Summarizer {
  private readonly ensemble: Ensemble;
  private readonly statistics: Statistics;

  /** @param bytes most that are held for exact quantiles */
  constructor(ensemble: Ensemble, bytes = maxHeldBytes) {
    this.ensemble = ensemble;
    this.statistics = statisticsOf(ensemble, bytes);
  }

  add(rows: Rows): void {
    const sound = soundRuns(rows.status);
    for (const name of names) this.statistics[name].add(rows, sound);
  }

  /** Adds what another one has of the runs that follow. */
  merge(other: Summarizer): void {
    for (const name of names) (this.statistics[name] as Statistic<unknown>).merge(other.statistics[name]);
  }

  /** Has quantiles of many runs prepared by `find`; `summary` finds what was not, and rows can't be added any more. */
  async rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    const { quantiles, massiveActivation } = this.statistics;
    await Promise.all([quantiles.rank(find), massiveActivation.rank(find)]);
  }

  summary(): Summary {
    const told = names.map((name) => this.statistics[name].result());
    const quantileResolution = this.statistics.quantiles.isExact ? undefined : resolution;
    return present({ runs: this.ensemble.runs, ...Object.assign({}, ...told), quantileResolution }) as Summary;
  }
}
