import { none, type Predictor, predictors, type Rows } from "../model/columns.ts";
import { type Proportion, proportion } from "./proportion.ts";
import { present, type Statistic } from "./statistic.ts";

/** How often the token that leads at the start, by each measure, became the sink: of the runs in which one leads, and that have a sink. */
export interface PredictorsResult {
  predictors: Partial<Record<Predictor, Proportion>>;
}

const names = Object.keys(predictors) as Predictor[];

export class Predictors implements Statistic<PredictorsResult> {
  private readonly counts = Object.fromEntries(names.map((name) => [name, { decided: 0, right: 0 }])) as Record<
    Predictor,
    { decided: number; right: number }
  >;

  add(rows: Rows, sound: Uint32Array): void {
    const sinks = rows.sink;
    for (const name of names) {
      const leaders = rows[predictors[name]];
      let [decided, right] = [0, 0];
      for (let i = 0; i < sound.length; i++) {
        const run = sound[i] as number;
        const leader = leaders[run];
        const sink = sinks[run];
        if (leader === none || sink === none) continue;
        decided++;
        if (leader === sink) right++;
      }
      this.counts[name].decided += decided;
      this.counts[name].right += right;
    }
  }

  merge(other: Predictors): void {
    for (const name of names) {
      this.counts[name].decided += other.counts[name].decided;
      this.counts[name].right += other.counts[name].right;
    }
  }

  result(): PredictorsResult {
    const shares = names.map((name) => [name, proportion(this.counts[name].right, this.counts[name].decided)]);
    return { predictors: present(Object.fromEntries(shares)) };
  }
}
