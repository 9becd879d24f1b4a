import { SinkflowError, show } from "../model/errors.ts";
import type { Chunk } from "./chunks.ts";

/**
 * A statistic of one's own over the runs of a point. Chunks come in the order of runs, and where they end is told by the specification alone: so its
 * numbers repeat, whatever computes.
 */
export interface Statistic<Value, Columns extends string = never> {
  /** What some runs of a point give. */
  of(chunk: Chunk<Columns>): Value;
  /** What runs give together, of what those before give and what the next ones do. */
  merge(before: Value, next: Value): Value;
}

const shown = (value: unknown) => (typeof value === "function" ? "a function" : show(value));

/** Statistics of one's own by name. */
export type StatisticsFor<Values> = { readonly [Name in keyof Values]: Statistic<Values[Name]> };

/** The values of statistics of one's own, point by point. */
export class OwnStatistics<Values> {
  private readonly values: Values[] = [];

  /** Throws SinkflowError("input") for what is no statistic. */
  constructor(private readonly statistics: StatisticsFor<Values>) {
    for (const [name, { of, merge }] of this.entries)
      if (typeof of !== "function" || typeof merge !== "function")
        throw new SinkflowError("input", `statistics.${name}: expected functions of and merge, got ${shown(of)} and ${shown(merge)}`);
  }

  add(chunk: Chunk): void {
    const before = this.values[chunk.point];
    const merged = this.entries.map(([name, statistic]) => {
      const next = statistic.of(chunk);
      const value = before ? statistic.merge(before[name], next) : next;
      if (value instanceof Promise)
        throw new SinkflowError("input", `statistics.${name}: expected of and merge to give what is merged, got a promise`);
      return [name, value];
    });
    this.values[chunk.point] = Object.fromEntries(merged);
  }

  of(point: number): Values {
    return this.values[point] as Values;
  }

  private get entries() {
    return Object.entries<Statistic<Values[keyof Values]>>(this.statistics) as [keyof Values & string, Statistic<Values[keyof Values]>][];
  }
}
