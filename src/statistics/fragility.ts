import { allColumns, type Column, columns, hasColumn, none } from "../model/columns.ts";
import type { Counted } from "../model/counted.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Disturbance, Disturbed } from "../model/fragility.ts";
import type { Rows } from "../model/rows.ts";
import { ColumnQuantiles } from "./columnQuantiles.ts";
import type { Distribution } from "./distribution.ts";
import { type Proportion, proportion } from "./proportion.ts";
import type { Quantiles } from "./quantiles.ts";
import { addCounts, type Countable, count, type Ranked, type Statistic } from "./statistic.ts";

/** What a disturbance does: to outputs, relatively; and of the runs that have an answer, how often it flips. */
type Effect = Partial<Record<Disturbed, Quantiles> & { flips: Partial<Record<Disturbed, Proportion>> }>;

interface FragilityResult {
  fragility: Partial<Record<Disturbance, Effect> & { dominance: Proportion }>;
}

type HeldFragility = ReturnType<Fragility["held"]>;

/** What is kept where the ends of runs are disturbed. The rows of columns.ts say where each number stands. */
export class Fragility implements Statistic<FragilityResult, HeldFragility>, Countable, Ranked {
  private readonly quantiles: ColumnQuantiles<"fragility">;
  /** Flags, in this order: runs that have one, and those in which it is 1. */
  private readonly flags: readonly Column[];
  private readonly there: number[];
  private readonly set: number[];

  constructor(ensemble: Ensemble, isExact: boolean) {
    this.quantiles = new ColumnQuantiles(ensemble, "fragility", isExact);
    this.flags = allColumns.filter((name) => columns[name].fragility && columns[name].type === "flag" && hasColumn(ensemble, name));
    this.there = this.flags.map(() => 0);
    this.set = this.flags.map(() => 0);
  }

  add(rows: Rows, sound: Uint32Array): void {
    this.quantiles.add(rows, sound);
    for (const [i, name] of this.flags.entries()) {
      const flags = rows[name] as Rows["sink"];
      for (const run of sound) {
        if (flags[run] === none) continue;
        count(this.there, i);
        if (flags[run] === 1) count(this.set, i);
      }
    }
  }

  addCounted(counted: Counted): void {
    this.quantiles.addCounted(counted);
    for (const [i, name] of this.flags.entries()) {
      const { of, share } = counted.shareOf(name);
      count(this.there, i, of);
      count(this.set, i, share);
    }
  }

  /** See `ColumnQuantiles.keep`. */
  keep(rows: Rows, sound: Uint32Array): void {
    this.quantiles.keep(rows, sound);
  }

  /** @param numbers see `ColumnQuantiles.held` */
  held({ numbers }: { numbers: boolean } = { numbers: true }) {
    return { quantiles: this.quantiles.held({ numbers }), there: [...this.there], set: [...this.set] };
  }

  addHeld({ quantiles, there, set }: HeldFragility): void {
    this.quantiles.addHeld(quantiles);
    addCounts(this.there, there);
    addCounts(this.set, set);
  }

  rank(find: Parameters<Distribution["rank"]>[0]): Promise<void> {
    return this.quantiles.rank(find);
  }

  result(): FragilityResult {
    const shares = this.flags.map((name, i) => [name, proportion(this.set[i] as number, this.there[i] as number)] as const);
    const numbers: Partial<Record<Column, unknown>> = { ...this.quantiles.result(), ...Object.fromEntries(shares) };
    const fragility: Tree = {};
    // Changes before flips.
    const names = [...allColumns.filter((name) => !this.flags.includes(name)), ...this.flags];
    for (const name of names) if (numbers[name] !== undefined) put(fragility, columns[name].fragility as string, numbers[name]);
    return { fragility: fragility as FragilityResult["fragility"] };
  }
}

interface Tree {
  [key: string]: unknown;
}

/** Puts something at a dotted path. */
function put(tree: Tree, path: string, what: unknown): void {
  const [key = "", ...rest] = path.split(".");
  if (rest.length === 0) tree[key] = what;
  else {
    tree[key] ??= {};
    put(tree[key] as Tree, rest.join("."), what);
  }
}
