import {
  type Column,
  columns,
  hasColumn,
  type Measured,
  measuredNames,
  type QuantileGroup,
  type Rows,
  type Share,
} from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { Distribution, type HeldDistribution } from "./distribution.ts";
import { type Proportion, proportion } from "./proportion.ts";
import type { Quantiles } from "./quantiles.ts";
import { present, type Statistic } from "./statistic.ts";

/** Means and quantiles by column; and, where a row of columns.ts asks for it, what share of the sound runs has a number there. */
type ColumnQuantilesResult = Partial<Record<Measured, Quantiles> & Record<Share, Proportion>>;

const isStored = (name: Measured): name is Measured & Column => columns[name].from === undefined;

/** Points with more runs have quantiles that are not exact. */
export const maxExactRuns = 2 ** 20;

type HeldColumnQuantiles = ReturnType<ColumnQuantiles["held"]>;

/** Quantiles of the columns of one group of columns.ts. */
export class ColumnQuantiles implements Statistic<ColumnQuantilesResult, HeldColumnQuantiles> {
  private readonly distributions: ReadonlyMap<Measured & Column, Distribution>;
  private sound = 0;

  /** @param isExact whether the numbers are kept, so that quantiles are exact; otherwise they are counted in bins */
  constructor(
    private readonly ensemble: Ensemble,
    private readonly group: QuantileGroup,
    isExact: boolean,
  ) {
    const all = this.measured();
    const opened = this.measured(group)
      .filter(isStored)
      .map((name) => {
        const mapped = all.find((other) => columns[other].from?.column === name);
        return [name, new Distribution(isExact, mapped && columns[mapped].from?.map)] as const;
      });
    this.distributions = new Map(opened);
  }

  add(rows: Rows, sound: Uint32Array): void {
    this.sound += sound.length;
    for (const [name, distribution] of this.distributions) distribution.add(rows[name], sound);
  }

  /** See `Distribution.keep`: all columns. */
  keep(rows: Rows, sound: Uint32Array): void {
    for (const [name, distribution] of this.distributions) distribution.keep(rows[name], sound);
  }

  /** @param numbers see `Distribution.held` */
  held({ numbers }: { numbers: boolean } = { numbers: true }) {
    const held = [...this.distributions].map(([name, distribution]) => [name, distribution.held({ numbers })] as const);
    return { sound: this.sound, columns: Object.fromEntries(held) };
  }

  addHeld(held: HeldColumnQuantiles): void {
    this.sound += held.sound;
    for (const [name, distribution] of this.distributions) distribution.addHeld(held.columns[name] as HeldDistribution);
  }

  /** See `Distribution.rank`: all columns at once. */
  async rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    await Promise.all([...this.distributions.values()].map((distribution) => distribution.rank(find)));
  }

  result(): ColumnQuantilesResult {
    const entries = this.measured(this.group).flatMap((name) => {
      const { from, share } = columns[name];
      const distribution = this.distributions.get((from?.column ?? name) as Measured & Column);
      const quantiles = from ? distribution?.mappedQuantiles() : distribution?.quantiles();
      return [...(share ? [[share, proportion(distribution?.count ?? 0, this.sound)]] : []), [name, quantiles]];
    });
    return present(Object.fromEntries(entries));
  }

  /** The columns of the ensemble that have quantiles; those of one group, where one is named. */
  private measured(group?: QuantileGroup): Measured[] {
    return measuredNames.filter((name) => hasColumn(this.ensemble, name) && (group === undefined || columns[name].quantiles === group));
  }
}
