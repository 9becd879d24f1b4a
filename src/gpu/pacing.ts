import { isWorkgroup, type Mapping } from "./mapping.ts";

/** How long one dispatch should take: well under the watchdogs of desktop systems, long against a submission. */
const targetMs = 100;
/**
 * Trials in a pass, at least: enough that keeping the state between dispatches costs little beside them. (With 2 instead of 32 a
 * million runs took twice as long on a software driver.)
 */
const minPassTrials = 32;
const maxPassTrials = 2 ** 20;
/** Work of a first dispatch times numbers in a state: some 10 ms on a driver on the CPU, and on a slow GPU. */
const firstWork = { cpu: 2 ** 23, gpu: 2 ** 28 };
/** A software driver may take so many times as long where the lanes of a run meet at a workgroup's barriers. */
const barrierCost = 100;
/**
 * Trials in a pass times numbers in a state, at least, where the step is fixed and from the second pass on: all runs go on to the end
 * there, so none waits for others.
 */
const minFixedWork = 4096 * 72;
/** A dispatch may be so many times as large as the one before. */
const growth = { work: 4, trials: 16 };

/** What one dispatch does: so many trials of a step of so many runs. Their product is its work. */
export interface Share {
  runs: number;
  trials: number;
}

/**
 * How large dispatches are, so that one takes about `targetMs`: told by how long those before took. Results do not depend on it.
 *
 * A pass takes the same number of trials of every run that goes on. Where all runs at once would take too long, a pass is cut into
 * dispatches over a part of the runs each.
 */
export class Pacing {
  private readonly runsPerWorkgroup: number;
  private readonly minTrials: number;
  private readonly minFixedTrials: number;
  /** Work of a dispatch of `targetMs`, as measured. */
  private work: number;
  /** Trials that take `targetMs`, as measured: a limit where few runs are left, which do not fill the device, so that work says little. */
  private measuredTrials: number;

  /** @param numbers numbers in the state of a run */
  constructor(numbers: number, { lanes, workgroup }: Pick<Mapping, "lanes" | "workgroup">, isGpu: boolean) {
    this.runsPerWorkgroup = workgroup / lanes.count;
    // Where values stay in memory there is little to keep between dispatches, and a trial of a large state takes long.
    this.minTrials = lanes.memory ? 1 : minPassTrials;
    this.minFixedTrials = Math.max(this.minTrials, Math.floor(minFixedWork / numbers));
    this.measuredTrials = 4 * this.minTrials;
    const first = firstWork[isGpu ? "gpu" : "cpu"] / numbers;
    this.work = Math.max(this.minWork, isWorkgroup(lanes) ? first / barrierCost : first);
  }

  private get minWork(): number {
    return this.minTrials * this.runsPerWorkgroup;
  }

  /**
   * Trials in the next pass.
   * @param left runs that go on
   * @param steps where the step is fixed, how many a run has taken and how many it takes in all
   * @param wanted so many instead, as long as a run has as many steps to take
   */
  trials(left: number, steps?: { taken: number; all: number }, wanted?: number): number {
    const measured = Math.min(Math.max(this.minTrials, Math.floor(this.work / left)), this.measuredTrials);
    const planned = steps && steps.taken > 0 ? Math.max(this.minFixedTrials, measured) : measured;
    return Math.min(wanted ?? planned, maxPassTrials, steps ? steps.all - steps.taken : maxPassTrials);
  }

  /** Runs of the next dispatch, in whole workgroups, of a pass of so many trials that has still to visit `left` runs. */
  runs(left: number, trials: number): number {
    return Math.min(left, this.runsPerWorkgroup * Math.ceil(this.work / trials / this.runsPerWorkgroup));
  }

  /** Takes note of how long a dispatch took. */
  learn({ runs, trials }: Share, ms: number): void {
    const faster = targetMs / Math.max(ms, 0.1);
    this.measuredTrials = Math.max(this.minTrials, Math.min(maxPassTrials, Math.floor(trials * Math.min(faster, growth.trials))));
    const work = runs * trials;
    // A small dispatch, cut short since no more runs or steps were left, says little, unless it took too long.
    if (ms > targetMs || work >= this.work / growth.work)
      this.work = Math.max(this.minWork, Math.min(work * faster, this.work * growth.work));
  }
}
