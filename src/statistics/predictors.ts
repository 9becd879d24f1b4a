import { none, type Predictor, predictors } from "../model/columns.ts";
import type { Counted } from "../model/counted.ts";
import type { Rows } from "../model/rows.ts";
import { type Proportion, proportion } from "./proportion.ts";
import { addCounts, type Countable, count, present, type Statistic } from "./statistic.ts";

/** How often the token that leads at the start, by each measure, became the sink: of the runs in which one leads, and that have a sink. */
interface PredictorsResult {
  predictors: Partial<Record<Predictor, Proportion>>;
}

const names = Object.keys(predictors) as Predictor[];

type HeldPredictors = ReturnType<Predictors["held"]>;

export class Predictors implements Statistic<PredictorsResult, HeldPredictors>, Countable {
  /** By predictor, in the order of `names`: runs in which a token leads, and those in which it became the sink. */
  private readonly decided = names.map(() => 0);
  private readonly right = names.map(() => 0);

  add(rows: Rows, sound: Uint32Array): void {
    for (const [i, name] of names.entries()) {
      const leaders = rows[predictors[name]];
      for (const run of sound) {
        if (leaders[run] === none || rows.sink[run] === none) continue;
        count(this.decided, i);
        if (leaders[run] === rows.sink[run]) count(this.right, i);
      }
    }
  }

  addCounted(counted: Counted): void {
    for (const [i, name] of names.entries()) {
      const { of, share } = counted.shareOf(predictors[name]);
      count(this.decided, i, of);
      count(this.right, i, share);
    }
  }

  held() {
    return { decided: [...this.decided], right: [...this.right] };
  }

  addHeld({ decided, right }: HeldPredictors): void {
    addCounts(this.decided, decided);
    addCounts(this.right, right);
  }

  result(): PredictorsResult {
    const shares = names.map((name, i) => [name, proportion(this.right[i] as number, this.decided[i] as number)]);
    return { predictors: present(Object.fromEntries(shares)) };
  }
}
