import { none } from "../model/columns.ts";
import type { Counted } from "../model/counted.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Rows } from "../model/rows.ts";
import { proportion } from "./proportion.ts";
import { addCounts, type Countable, count, present, type Statistic } from "./statistic.ts";
import { type Uniformity, uniformity } from "./uniformity.ts";

/** Which token became the sink, how often. */
interface SinksResult {
  sink: {
    /** By token. */
    counts: number[];
    /** Runs whose largest shares are tied: no token is the sink. */
    tied: number;
    /** Sinks whose weight is negative. */
    negativeWeight: number;
    /** Of the runs that have a sink, by token, with its 95 % interval. */
    share?: number[];
    interval?: [low: number, high: number][];
    uniformity?: Uniformity;
  };
}

type HeldSinks = ReturnType<Sinks["held"]>;

export class Sinks implements Statistic<SinksResult, HeldSinks>, Countable {
  private readonly counts: number[];
  private tied = 0;
  private negativeWeight = 0;

  constructor({ tokens }: Ensemble) {
    this.counts = new Array<number>(tokens).fill(0);
  }

  add({ sink, sinkShare, negative }: Rows, sound: Uint32Array): void {
    for (const run of sound) {
      const token = sink[run] as number;
      if (token === none) {
        if (!Number.isNaN(sinkShare[run])) this.tied++;
        continue;
      }
      count(this.counts, token);
      this.negativeWeight += negative[run] as number;
    }
  }

  addCounted(counted: Counted): void {
    const sinks = counted.tokens("sink");
    addCounts(this.counts, sinks);
    let tied = 0;
    counted.bins("sinkShare", (_, runs) => {
      tied += runs;
    });
    // Every run that has a sink has a largest share.
    this.tied += tied - sinks.reduce((sum, runs) => sum + runs, 0);
    this.negativeWeight += counted.shareOf("negative").share;
  }

  held() {
    return { counts: [...this.counts], tied: this.tied, negativeWeight: this.negativeWeight };
  }

  addHeld({ counts, tied, negativeWeight }: HeldSinks): void {
    addCounts(this.counts, counts);
    this.tied += tied;
    this.negativeWeight += negativeWeight;
  }

  result(): SinksResult {
    const { counts, tied, negativeWeight } = this;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const shares = counts.flatMap((count) => proportion(count, total) ?? []);
    const told = total > 0 ? { share: shares.map(({ share }) => share), interval: shares.map(({ interval }) => interval) } : {};
    return { sink: present({ counts, tied, negativeWeight, ...told, uniformity: uniformity(counts) }) };
  }
}
