import type { Counted } from "../model/counted.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Held } from "../model/held.ts";
import type { Rows } from "../model/rows.ts";
import { soundRuns } from "../model/status.ts";
import { ColumnQuantiles } from "./columnQuantiles.ts";
import { type Distribution, resolution } from "./distribution.ts";
import { Endings } from "./endings.ts";
import { Fragility } from "./fragility.ts";
import { Holding } from "./holding.ts";
import { maxExactRuns } from "./limits.ts";
import { Predictors } from "./predictors.ts";
import type { Quantiles } from "./quantiles.ts";
import { Sinks } from "./sinks.ts";
import type { Countable, Ranked, Statistic } from "./statistic.ts";

/** The statistics over an ensemble's runs: all that is added, held and ranked is so by this list. */
const statisticsOf = (ensemble: Ensemble, isExact: boolean) =>
  ({
    endings: new Endings(),
    sinks: new Sinks(ensemble),
    state: new ColumnQuantiles(ensemble, "state", isExact),
    holding: new Holding(ensemble),
    times: new ColumnQuantiles(ensemble, "times", isExact),
    predictors: new Predictors(),
    massiveActivation: new ColumnQuantiles(ensemble, "massiveActivation", isExact),
    ...(ensemble.record.columns && { columns: new ColumnQuantiles(ensemble, "columns", isExact) }),
    ...(ensemble.record.fragility && { fragility: new Fragility(ensemble, isExact) }),
  }) satisfies Statistics;

type Statistics = Readonly<Record<string, (Statistic<object, Held> & Countable & Partial<Ranked>) | undefined>>;

type Own = ReturnType<typeof statisticsOf>;
/** What each of them holds. */
export type HeldSummary = { [Name in keyof Own]: ReturnType<NonNullable<Own[Name]>["held"]> };

/** What an ensemble says, as in the JSON. What could not be computed is absent. */
export type Summary = ReturnType<Summarizer["summary"]>;

/**
 * Summarizes an ensemble from its rows as they come. The summary does not depend on how runs were cut into batches and in what order
 * these come, and no rows are kept, only the columns that have quantiles.
 */
export class Summarizer {
  private readonly statistics: Own;
  private readonly isExact: boolean;

  /** @param maxExact more runs than these have quantiles that are not exact */
  constructor(
    private readonly ensemble: Ensemble,
    maxExact = maxExactRuns,
  ) {
    this.isExact = ensemble.runs <= maxExact;
    this.statistics = statisticsOf(ensemble, this.isExact);
  }

  add(rows: Rows): void {
    const sound = soundRuns(rows.status);
    for (const [, statistic] of this.each) statistic.add(rows, sound);
  }

  /** Adds runs of which a device has counted the columns, where quantiles are not exact. */
  addCounted(counted: Counted): void {
    for (const [, statistic] of this.each) statistic.addCounted(counted);
  }

  /**
   * What it has of the runs that were added. @param columns whether that includes the columns that quantiles are found from (4 or 8 bytes a
   * run and column); without them the rows must be given again, to `keep`. Where quantiles are not exact there are none
   */
  held({ columns }: { columns: boolean }): HeldSummary {
    const held = this.each.map(([name, statistic]) => [name, statistic.held({ numbers: columns })]);
    return Object.fromEntries(held) as HeldSummary;
  }

  /** Adds what another one of the same ensemble held, of other runs. */
  addHeld(held: HeldSummary): void {
    for (const [name, statistic] of this.each) (statistic as Statistic<object, Held>).addHeld(held[name] as Held);
  }

  /** Takes the columns for quantiles from rows that were added as held without columns. */
  keep(rows: Rows): void {
    const sound = soundRuns(rows.status);
    for (const [, statistic] of this.each) if ("keep" in statistic) statistic.keep(rows, sound);
  }

  /** Has `find` determine what the quantiles of many runs are made of, which `summary` does otherwise. Afterwards no rows can be added. */
  async rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    await Promise.all(this.each.map(([, statistic]) => "rank" in statistic && statistic.rank(find)));
  }

  private get each() {
    return Object.entries(this.statistics) as [keyof Own, NonNullable<Own[keyof Own]>][];
  }

  /** The keys are in the order in which the JSON has them. */
  summary() {
    const { endings, sinks, state, holding, times, predictors, massiveActivation, columns, fragility, ...others } = this.statistics;
    others satisfies Record<string, never>; // a statistic that is not told below is a type error here
    return {
      runs: this.ensemble.runs,
      ...endings.result(),
      ...sinks.result(),
      ...state.result(),
      ...holding.result(),
      ...times.result(),
      ...predictors.result(),
      massiveActivation: massiveActivation.result(),
      ...(columns && { columns: columns.result() as Record<string, Quantiles> }),
      ...fragility?.result(),
      /** What quantiles may be off by, relatively; mean, min and max are not. Absent where all are. */
      ...(!this.isExact && { quantileResolution: resolution }),
    };
  }
}
