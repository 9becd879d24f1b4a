import type { Rows } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { soundRuns } from "../model/status.ts";
import { ColumnQuantiles } from "./columnQuantiles.ts";
import { type Distribution, resolution } from "./distribution.ts";
import { Endings } from "./endings.ts";
import { Predictors } from "./predictors.ts";
import { Sinks } from "./sinks.ts";
import type { Statistic } from "./statistic.ts";

/**
 * Most bytes of numbers that are held for exact quantiles: those of 5.5 million runs of a device, of half as many of the CPU
 * engine. (With twice as much, ten million runs took 0.98 GB in all on a software driver.)
 */
const maxHeldBytes = 2 ** 28;

/** The statistics over an ensemble's runs. */
const statisticsOf = (ensemble: Ensemble, maxBytes: number) => ({
  endings: new Endings(),
  sinks: new Sinks(ensemble),
  state: new ColumnQuantiles(ensemble, "state", maxBytes),
  times: new ColumnQuantiles(ensemble, "times", maxBytes),
  predictors: new Predictors(),
  massiveActivation: new ColumnQuantiles(ensemble, "massiveActivation", maxBytes),
});

/** What an ensemble says, as in the JSON. What could not be computed is absent. */
export type Summary = ReturnType<Summarizer["summary"]>;

/**
 * Summarizes an ensemble from its rows as they come. The summary does not depend on how runs were cut into batches and in what order
 * these come, and no rows are held, only the columns that have quantiles.
 */
export class Summarizer {
  private readonly statistics: ReturnType<typeof statisticsOf>;

  /** @param maxBytes of numbers held for exact quantiles */
  constructor(
    private readonly ensemble: Ensemble,
    maxBytes = maxHeldBytes,
  ) {
    this.statistics = statisticsOf(ensemble, maxBytes);
  }

  add(rows: Rows): void {
    const sound = soundRuns(rows.status);
    for (const statistic of Object.values(this.statistics)) statistic.add(rows, sound);
  }

  /** Adds what another one has of other runs. */
  merge(other: Summarizer): void {
    for (const [name, statistic] of Object.entries(this.statistics) as [keyof typeof this.statistics, Statistic<unknown>][])
      statistic.merge(other.statistics[name]);
  }

  /** Has `find` determine what the quantiles of many runs are made of, which `summary` does otherwise. Afterwards no rows can be added. */
  async rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    const { state, times, massiveActivation } = this.statistics;
    await Promise.all([state, times, massiveActivation].map((quantiles) => quantiles.rank(find)));
  }

  /** The keys are in the order in which the JSON has them. */
  summary() {
    const { endings, sinks, state, times, predictors, massiveActivation, ...others } = this.statistics;
    others satisfies Record<string, never>; // a statistic that is not told below is a type error here
    return {
      runs: this.ensemble.runs,
      ...endings.result(),
      ...sinks.result(),
      ...state.result(),
      ...times.result(),
      ...predictors.result(),
      massiveActivation: massiveActivation.result(),
      /** What quantiles may be off by, relatively (those of effectiveTokens: their logarithms); mean, min and max are not. Absent where all are. */
      ...(!state.isExact && { quantileResolution: resolution }),
    };
  }
}
