import {
  type Column,
  columns,
  hasColumn,
  type Measured,
  measuredNames,
  type QuantileGroup,
  quantileGroups,
  type Rows,
  type Share,
} from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { Distribution } from "./distribution.ts";
import { type Proportion, proportion } from "./proportion.ts";
import type { Quantiles } from "./quantiles.ts";
import { present, type Statistic } from "./statistic.ts";

/** Means and quantiles of the columns of a group, as in the JSON. */
type GroupResult<Group extends QuantileGroup> = (typeof quantileGroups)[Group]["nested"] extends true
  ? Record<Group, Partial<Record<Measured<Group>, Quantiles>>>
  : Partial<Record<Measured<Group>, Quantiles>>;
type Intersected<Union> = (Union extends unknown ? (x: Union) => void : never) extends (x: infer All) => void ? All : never;
type GroupsResult<Group extends QuantileGroup> = Intersected<Group extends unknown ? GroupResult<Group> : never>;
/** Beside them stands what share of the runs that ended soundly has a number in a column, where its row says so. */
export type ColumnQuantilesResult<Group extends QuantileGroup> = GroupsResult<Group> & Partial<Record<Share, Proportion>>;

/** The columns of an ensemble that have quantiles; those of one group, where one is named. */
const measuredOf = (ensemble: Ensemble, group?: QuantileGroup): Measured[] =>
  measuredNames.filter((name) => hasColumn(ensemble, name) && (group === undefined || columns[name].quantiles === group));

const isStored = (name: Measured): name is Measured & Column => columns[name].from === undefined;

/** Quantiles of the columns in some groups of columns.ts, which stand one after another in the JSON. */
export class ColumnQuantiles<Group extends QuantileGroup> implements Statistic<ColumnQuantilesResult<Group>> {
  private readonly ensemble: Ensemble;
  private readonly groups: readonly Group[];
  private readonly bytes: number;
  private distributions = new Map<string, Distribution>();
  private sound = 0;
  /** Whether numbers are held, so that quantiles are exact. */
  isExact = true;

  /** @param bytes most that may be held of all columns that have quantiles; beyond, numbers are counted in bins */
  constructor(ensemble: Ensemble, groups: readonly Group[], bytes: number) {
    this.ensemble = ensemble;
    this.groups = groups;
    this.bytes = bytes;
  }

  add(rows: Rows, sound: Uint32Array): void {
    if (this.distributions.size === 0) this.open(rows);
    this.sound += sound.length;
    for (const [name, distribution] of this.distributions) distribution.add(rows[name as Column], sound);
  }

  merge(other: ColumnQuantiles<Group>): void {
    this.sound += other.sound;
    if (this.distributions.size === 0) [this.distributions, this.isExact] = [other.distributions, other.isExact];
    else for (const [name, distribution] of other.distributions) this.distributions.get(name)?.merge(distribution);
  }

  /** Has quantiles of many runs prepared by `find`, all columns at once; `result` finds what was not, and nothing can be added any more. */
  async rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    await Promise.all([...this.distributions.values()].map((distribution) => distribution.rank(find)));
  }

  result(): ColumnQuantilesResult<Group> {
    const all = this.groups.map((group) => {
      const told = present(Object.fromEntries(measuredOf(this.ensemble, group).flatMap((name) => this.entriesOf(name))));
      return quantileGroups[group].nested ? { [group]: told } : told;
    });
    return Object.assign({}, ...all) as ColumnQuantilesResult<Group>;
  }

  private entriesOf(name: Measured): [string, Quantiles | Proportion | undefined][] {
    const { from, share } = columns[name];
    const distribution = this.distributions.get(from?.column ?? name);
    const quantiles = from ? distribution?.mappedQuantiles() : distribution?.quantiles();
    return [...(share === undefined ? [] : [[share, proportion(distribution?.count ?? 0, this.sound)] as const]), [name, quantiles]].map(
      ([key, value]) => [key as string, value as Quantiles | Proportion | undefined],
    );
  }

  private open(rows: Rows): void {
    const { ensemble } = this;
    const all = measuredOf(ensemble);
    const Numbers = rows.entropy instanceof Float64Array ? Float64Array : Float32Array;
    this.isExact = all.filter(isStored).length * ensemble.runs * Numbers.BYTES_PER_ELEMENT <= this.bytes;
    for (const name of this.groups.flatMap((group) => measuredOf(ensemble, group)).filter(isStored)) {
      const derived = all.find((other) => columns[other].from?.column === name);
      const room = this.isExact ? new Numbers(ensemble.runs) : undefined;
      this.distributions.set(name, new Distribution(room, derived && columns[derived].from?.map));
    }
  }
}
