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
  total: Total;
  examined: Examined[];
  trajectories: TimedTrajectory[];
  sampled: SampledRun[];
}

/** A point of which all runs are folded. */
interface Whole extends Pick<Reduced, "reduction" | "examined" | "trajectories" | "sampled"> {
  point: number;
  tell: () => Told | Promise<Told>;
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
    for (const reduced of part) {
      const { portion, told } = reduced;
      const point = told ? { ...reduced, point: portion.point, tell: () => told } : await this.addPortion(reduced);
      if (point) whole.push(point);
    }
    const reports = await Promise.all(whole.map((point) => this.report(point)));
    for (const [i, { point, sampled }] of whole.entries()) this.take(point, reports[i] as (typeof reports)[number], sampled);
  }

  /** @returns its point, where these are the last of its runs */
  private async addPortion({ portion: { point, count }, addition, rows, ...added }: Reduced): Promise<Whole | undefined> {
    const ensemble = this.ensembles[point] as Ensemble;
    const before = this.open.get(point);
    const total = before?.total ?? (await this.newTotal(ensemble));
    total.add(addition as Addition, rows);
    const so: Open = {
      runs: (before?.runs ?? 0) + count,
      total,
      examined: [...(before?.examined ?? []), ...added.examined],
      trajectories: [...(before?.trajectories ?? []), ...added.trajectories],
      sampled: [...(before?.sampled ?? []), ...added.sampled],
    };
    this.open.set(point, so);
    if (so.runs < ensemble.runs) return undefined;
    this.open.delete(point);
    return { ...added, ...so, point, tell: () => this.toldBy(ensemble, total) };
  }

  /** The statistics are loaded where points are not told whole. */
  private async newTotal(ensemble: Ensemble): Promise<Total> {
    const { Total } = await import("../ensemble/reduce.ts");
    return new Total(ensemble, this.maxExact);
  }

  private async report({ tell, reduction, examined, trajectories }: Whole): Promise<Omit<EnsembleReport, "timing">> {
    const { summary, overTime } = await tell();
    const verification = judge(examined);
    return {
      ...summary,
      ...(reduction && { reduction }),
      ...(overTime && { overTime }),
      ...(verification && { verification }),
      ...(trajectories.length > 0 && { trajectories: [...trajectories] }),
    };
  }

  /** What a point says whose runs came portion by portion. */
  private async toldBy(ensemble: Ensemble, { summarizer, polarized, tallies }: Total): Promise<Told> {
    const ranked = summarizer.rank((numbers, ranks) => this.pool.perform({ kind: "rank", numbers, ranks }, [numbers.buffer]));
    ranked.catch(() => {}); // a failure is reported where it is awaited
    const handed = tallies?.handed();
    const task = handed && ({ kind: "overTime", ensemble, polarized: polarized.held(), tallies: handed } as const);
    const distributions = await (task && this.pool.perform(task, buffersOf(handed)));
    await ranked;
    return { summary: summarizer.summary(), overTime: distributions };
  }
}
