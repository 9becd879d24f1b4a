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
import { Distribution } from "./distribution.ts";
import { type Proportion, proportion } from "./proportion.ts";
import type { Quantiles } from "./quantiles.ts";
import { present, type Statistic } from "./statistic.ts";

/** Means and quantiles by column; and, where a row of columns.ts asks for it, what share of the sound runs has a number there. */
type ColumnQuantilesResult = Partial<Record<Measured, Quantiles> & Record<Share, Proportion>>;

const isStored = (name: Measured): name is Measured & Column => columns[name].from === undefined;

/** Quantiles of the columns of one group of columns.ts. */
export class ColumnQuantiles implements Statistic<ColumnQuantilesResult> {
  private distributions = new Map<Measured, Distribution>();
  private sound = 0;
  /** Whether numbers are held, so that quantiles are exact. */
  isExact = true;

  /** @param maxBytes of numbers held, for the quantiles of all groups together; beyond, numbers are counted in bins */
  constructor(
    private readonly ensemble: Ensemble,
    private readonly group: QuantileGroup,
    private readonly maxBytes: number,
  ) {}

  add(rows: Rows, sound: Uint32Array): void {
    if (this.distributions.size === 0) this.open(rows);
    this.sound += sound.length;
    for (const [name, distribution] of this.distributions) distribution.add(rows[name as Column], sound);
  }

  merge(other: ColumnQuantiles): void {
    this.sound += other.sound;
    if (this.distributions.size === 0) [this.distributions, this.isExact] = [other.distributions, other.isExact];
    else for (const [name, distribution] of other.distributions) this.distributions.get(name)?.merge(distribution);
  }

  /** See `Distribution.rank`: all columns at once. */
  async rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    await Promise.all([...this.distributions.values()].map((distribution) => distribution.rank(find)));
  }

  result(): ColumnQuantilesResult {
    const entries = this.measured(this.group).flatMap((name) => {
      const { from, share } = columns[name];
      const distribution = this.distributions.get((from?.column as Measured) ?? name);
      const quantiles = from ? distribution?.mappedQuantiles() : distribution?.quantiles();
      return [...(share ? [[share, proportion(distribution?.count ?? 0, this.sound)]] : []), [name, quantiles]];
    });
    return present(Object.fromEntries(entries));
  }

  /** The columns of the ensemble that have quantiles; those of one group, where one is named. */
  private measured(group?: QuantileGroup): Measured[] {
    return measuredNames.filter((name) => hasColumn(this.ensemble, name) && (group === undefined || columns[name].quantiles === group));
  }

  private open(rows: Rows): void {
    const { runs } = this.ensemble;
    const all = this.measured();
    const Numbers = rows.entropy instanceof Float64Array ? Float64Array : Float32Array;
    this.isExact = all.filter(isStored).length * runs * Numbers.BYTES_PER_ELEMENT <= this.maxBytes;
    for (const name of this.measured(this.group).filter(isStored)) {
      const mapped = all.find((other) => columns[other].from?.column === name);
      this.distributions.set(name, new Distribution(this.isExact ? new Numbers(runs) : undefined, mapped && columns[mapped].from?.map));
    }
  }
}
