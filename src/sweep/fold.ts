import type { Pool } from "../ensemble/perform.ts";
import type { Addition, Told, Total } from "../ensemble/reduce.ts";
import type { TimedTrajectory } from "../ensemble/timed.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Followed } from "../model/result.ts";
import type { Rows } from "../model/rows.ts";
import { buffersOf } from "../model/tallies.ts";
import type { OverTime } from "../statistics/overTime.ts";
import type { Summary } from "../statistics/summary.ts";
import type { Examined } from "../verification/findings.ts";
import { judge, type Verification } from "../verification/judge.ts";
import type { Portion } from "./parts.ts";

/** The results of one ensemble, as in the JSON. */
export type EnsembleReport = Summary & {
  timing: Followed["timing"];
  /** Absent where the flow was followed in all its coordinates. */
  reduction?: Followed["reduction"];
  overTime?: OverTime;
  verification?: Verification;
  trajectories?: TimedTrajectory[];
};

/** What figures over time show of a run. */
export type SampledRun = Pick<TimedTrajectory, "run" | "times" | "weights" | "entropy">;

/** What came of some runs of a point: all that its report needs of them. */
export interface Reduced {
  portion: Portion;
  /** Absent where the flow was followed in all its coordinates. */
  reduction?: NonNullable<Followed["reduction"]>;
  /** What the point says, where these are all of its runs; */
  told?: Told | undefined;
  /** otherwise, or where it is kept, what they add. */
  addition?: Addition | undefined;
  /** The runs' columns, where the addition has none and quantiles are exact. */
  rows?: Rows;
  examined: readonly Examined[];
  /** Of its runs that the specification has recorded, */
  trajectories: readonly TimedTrajectory[];
  /** and of those that figures show. */
  sampled: readonly SampledRun[];
}

/** What is known of a point of which not all runs are folded. */
interface Open {
  runs: number;
  /** Absent where the point has told what it says. */
  total?: Total | undefined;
  told?: Told | undefined;
  examined: Examined[];
  trajectories: TimedTrajectory[];
  sampled: SampledRun[];
}

/** What is known of a point when all of its runs are folded. */
interface Whole extends Open {
  point: number;
  reduction: Followed["reduction"] | undefined;
}

/** Folds what parts add into the reports of points, part by part in their order. */
export class Fold {
  private readonly open = new Map<number, Open>();

  /**
   * @param maxExact a point of more runs has quantiles that are not exact
   * @param take gets the report of a point when its last run is folded, and what was sampled of its runs
   */
  constructor(
    private readonly ensembles: readonly Ensemble[],
    private readonly pool: Pool,
    private readonly maxExact: number,
    private readonly take: (point: number, report: Omit<EnsembleReport, "timing">, sampled: readonly SampledRun[]) => void,
  ) {}

  /** Folds what a part adds. Reports of points are made beside each other, and taken in their order. */
  async add(part: readonly Reduced[]): Promise<void> {
    const whole: Whole[] = [];
    for (const reduced of part) whole.push(...(await this.addPortion(reduced)));
    const reports = await Promise.all(whole.map((point) => this.report(point)));
    for (const [i, { point, sampled }] of whole.entries()) this.take(point, reports[i] as (typeof reports)[number], sampled);
  }

  /** @returns its point, where these are the last of its runs */
  private async addPortion({ portion: { point, count }, reduction, told, ...added }: Reduced): Promise<Whole[]> {
    const ensemble = this.ensembles[point] as Ensemble;
    const before = this.open.get(point);
    const total = told ? undefined : (before?.total ?? (await this.nothing(ensemble)));
    total?.add(added.addition as Addition, added.rows);
    const so: Open = {
      runs: (before?.runs ?? 0) + count,
      total,
      told,
      examined: [...(before?.examined ?? []), ...added.examined],
      trajectories: [...(before?.trajectories ?? []), ...added.trajectories],
      sampled: [...(before?.sampled ?? []), ...added.sampled],
    };
    this.open.set(point, so);
    if (so.runs < ensemble.runs) return [];
    this.open.delete(point);
    return [{ point, reduction, ...so }];
  }

  /** The statistics are loaded where points are not told whole. */
  private async nothing(ensemble: Ensemble): Promise<Total> {
    const { Total } = await import("../ensemble/reduce.ts");
    return new Total(ensemble, this.maxExact);
  }

  private async report({ point, reduction, total, told, examined, trajectories }: Whole): Promise<Omit<EnsembleReport, "timing">> {
    const verification = judge(examined);
    const { summary, overTime } = told ?? (await this.toldBy(point, total as Total));
    return {
      ...summary,
      ...(reduction && { reduction }),
      ...(overTime && { overTime }),
      ...(verification && { verification }),
      ...(trajectories.length > 0 && { trajectories }),
    };
  }

  /** What a point says whose runs came portion by portion. */
  private async toldBy(point: number, { summarizer, polarized, tallies }: Total): Promise<Told> {
    const ensemble = this.ensembles[point] as Ensemble;
    const ranked = summarizer.rank((numbers, ranks) => this.pool.perform({ kind: "rank", numbers, ranks }, [numbers.buffer]));
    ranked.catch(() => {}); // a failure is reported where it is awaited
    const handed = tallies?.handed();
    const task = handed && ({ kind: "overTime", ensemble, polarized: polarized.held(), tallies: handed } as const);
    const distributions = await (task && this.pool.perform(task, buffersOf(handed)));
    await ranked;
    return { summary: summarizer.summary(), overTime: distributions };
  }
}
