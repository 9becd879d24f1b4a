import { columnRow, type Measured, type MeasuredIn, measuredOf, type QuantileGroup, type ShareIn } from "../model/columns.ts";
import type { Counted } from "../model/counted.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Rows } from "../model/rows.ts";
import { Distribution, type HeldDistribution } from "./distribution.ts";
import { type Proportion, proportion } from "./proportion.ts";
import type { Quantiles } from "./quantiles.ts";
import { type Countable, present, type Ranked, type Statistic, soundOf } from "./statistic.ts";

/** Means and quantiles by column; and, where a row of columns.ts asks for it, what share of the sound runs has a number there. */
type ColumnQuantilesResult<Group extends QuantileGroup> = Partial<
  Record<MeasuredIn<Group>, Quantiles> & Record<ShareIn<Group>, Proportion>
>;

type HeldColumnQuantiles = ReturnType<ColumnQuantiles<QuantileGroup>["held"]>;

/** Quantiles of the columns of one group of columns.ts. */
export class ColumnQuantiles<Group extends QuantileGroup>
  implements Statistic<ColumnQuantilesResult<Group>, HeldColumnQuantiles>, Countable, Ranked
{
  private readonly distributions: ReadonlyMap<Measured, Distribution>;
  private sound = 0;

  /** @param isExact whether the numbers are kept, so that quantiles are exact; otherwise they are counted in bins */
  constructor(ensemble: Ensemble, group: Group, isExact: boolean) {
    const measured = measuredOf(ensemble).filter((name) => columnRow(name).quantiles === group);
    this.distributions = new Map(measured.map((name) => [name, new Distribution(isExact)]));
  }

  add(rows: Rows, sound: Uint32Array): void {
    this.sound += sound.length;
    for (const [name, distribution] of this.distributions) distribution.add(rows[name] as Rows["loss"], sound);
  }

  addCounted(counted: Counted): void {
    this.sound += soundOf(counted);
    for (const [name, distribution] of this.distributions) distribution.addCounted(counted, name);
  }

  /** See `Distribution.keep`: all columns. */
  keep(rows: Rows, sound: Uint32Array): void {
    for (const [name, distribution] of this.distributions) distribution.keep(rows[name] as Rows["loss"], sound);
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

  result(): ColumnQuantilesResult<Group> {
    const entries = [...this.distributions].flatMap(([name, distribution]) => {
      const { share } = columnRow(name);
      return [...(share ? [[share, proportion(distribution.count, this.sound)]] : []), [name, distribution.quantiles()]];
    });
    return present(Object.fromEntries(entries)) as ColumnQuantilesResult<Group>;
  }
}
