import type { Ensemble } from "../model/ensemble.ts";
import type { EntryPoint } from "./compose.ts";
import { maxInFlight, packedEach, reducedEach } from "./layout.ts";
import { isWorkgroup, type Mapping } from "./mapping.ts";

/** How long one dispatch should take: well under the watchdogs of desktop systems, long against a submission. */
const targetMs = 100;
/**
 * Trials in a pass, at least, where a workgroup makes them in time: so many that loading and storing the state for every pass costs little in comparison. (With 2 instead of
 * 32 a million runs took twice as long on a software driver.)
 */
const minPassTrials = 32;
const maxPassTrials = 2 ** 20;
/** Work of the first dispatch × numbers in a state: takes 5 to 50 ms on a driver on the CPU, and on a slow GPU. */
const firstWork = { cpu: 2 ** 22, gpu: 2 ** 28 };
/** A software driver may take up to so many times as long where the lanes of a run are a workgroup, with its barriers. */
const barrierCost = 100;
/**
 * Trials in a pass × numbers in a state, at least, where steps are fixed, from the second pass on. There all runs go on to the end, so
 * a long pass lets no lane idle.
 */
const minFixedWork = 4096 * 72;
/** The largest factors from one dispatch to the next. */
const growth = { work: 4, trials: 16 };
/** A dispatch says how fast the device is if so many of its runs go on, at least: they had all their trials, so it did that share of its work. */
const wentOn = 1 / 2;

/** What a dispatch does: `trials` trials of each of `runs` runs (shaders/flow.wgsl). Its work is their product. */
export interface Share {
  runs: number;
  trials: number;
}

/**
 * Decides how large dispatches are, from how long earlier ones took, so that one takes about `targetMs`, and no more than twice that where the
 * device is as fast as it was. Results do not depend on it.
 *
 * A pass makes the same number of trials of every run that goes on. If that takes too long for one dispatch, the pass is made in several,
 * each over a part of the runs.
 */
export class Pacing {
  private readonly runsPerWorkgroup: number;
  private readonly minTrials: number;
  private readonly minFixedTrials: number;
  /** The work that takes `targetMs`, as measured. */
  private work: number;
  /**
   * The same of the last dispatch whose runs had all their trials. Up to there it rises again after a dispatch that took too long, whose reason may have
   * been the host.
   */
  private workOfAll: number;
  /** The trials that take `targetMs`, as measured. They limit a pass over few runs: these do not fill the device, so work says little. */
  private measuredTrials: number;
  /** Places that take `targetMs`, of each entry point that makes one pass over all. */
  private readonly measuredPlaces = new Map<EntryPoint, number>();
  private readonly costs: { firstWork: number; start: number; values: number };

  constructor({ tokens, dim }: Pick<Ensemble, "tokens" | "dim">, { reduction, lanes, workgroup }: Mapping, isGpu: boolean) {
    const numbers = tokens * (1 + reduction.dim);
    this.runsPerWorkgroup = workgroup / lanes.count;
    // Where values are in memory there is little to load and store for a pass, and a trial of such a large state takes long.
    this.minTrials = lanes.memory ? 1 : minPassTrials;
    this.minFixedTrials = Math.max(this.minTrials, Math.floor(minFixedWork / numbers));
    const first = firstWork[isGpu ? "gpu" : "cpu"] / (isWorkgroup(lanes) ? barrierCost : 1);
    this.work = Math.max(this.runsPerWorkgroup, first / numbers);
    this.measuredTrials = Math.min(4 * this.minTrials, Math.floor(this.work / this.runsPerWorkgroup));
    this.workOfAll = this.work;
    // Every component of a value is drawn, and multiplied by a row for each coordinate in which it is followed.
    this.costs = { firstWork: first, start: tokens * (1 + dim) * (reduction.kind === "none" ? 1 : 1 + reduction.dim), values: dim };
  }

  /**
   * Trials in the next pass.
   * @param left runs that go on
   * @param steps where the step is fixed, how many a run has taken and how many it takes in all
   * @param wanted so many instead, but no more than the steps that are left
   */
  trials(left: number, steps?: { taken: number; all: number }, wanted?: number): number {
    const measured = Math.min(Math.max(this.minTrials, Math.floor(this.work / left)), this.measuredTrials);
    // No more than a workgroup of runs takes in time.
    const fixed = Math.min(this.minFixedTrials, Math.floor(this.work / this.runsPerWorkgroup));
    const planned = steps && steps.taken > 0 ? Math.max(fixed, measured) : measured;
    return Math.min(wanted ?? planned, maxPassTrials, steps ? steps.all - steps.taken : maxPassTrials);
  }

  /** Runs of the next dispatch, in whole workgroups, in a pass of `trials` trials that has `left` runs still to do. */
  runs(left: number, trials: number): number {
    return Math.min(left, this.runsPerWorkgroup * Math.max(1, Math.floor(this.work / trials / this.runsPerWorkgroup)));
  }

  /**
   * Whether one more dispatch may be submitted behind those that are not known to be done: one may always, so that the device needn't wait for the host, and
   * more where all of them take no longer than one should.
   */
  hasRoomAfter(inFlight: readonly Share[]): boolean {
    const expected = ({ runs, trials }: Share) => Math.max((runs * trials) / this.work, trials / this.measuredTrials);
    return inFlight.length < 2 || (inFlight.length < maxInFlight && inFlight.reduce((sum, share) => sum + expected(share), 0) < 1);
  }

  /** Learns from a dispatch that took `ms` milliseconds. @param goOn how many of its runs go on after it */
  took({ runs, trials }: Share, ms: number, goOn: number): void {
    const faster = targetMs / Math.max(ms, 0.1);
    // Fewer than are worth a pass only where one workgroup takes too long with them.
    const least = runs > this.runsPerWorkgroup ? this.minTrials : 1;
    const within = Math.min(maxPassTrials, Math.floor(Math.min(trials * faster, Math.max(this.measuredTrials, trials * growth.trials))));
    // A run that goes on has had all its trials, one after another: the dispatch takes no longer for want of them.
    if (faster < 1 || goOn > 0) this.measuredTrials = Math.max(least, within);
    // A small dispatch, as the last of a pass may be, says little about work, unless it took too long.
    const work = runs * trials;
    const tells = work >= this.work / growth.work;
    const hadAll = goOn >= wentOn * runs;
    // From its own work on, since those that follow it may have been planned before it was done.
    const most = Math.min(work * faster, Math.max(this.work, work * growth.work));
    if (faster < 1 || (tells && hadAll)) this.work = Math.max(this.runsPerWorkgroup, most);
    else if (tells) this.work = Math.max(this.work, Math.min(most, this.workOfAll));
    if (tells && hadAll) this.workOfAll = this.work;
  }

  /** Places of the next dispatch of an entry point that has `left` places still to do, in whole workgroups. */
  places(entryPoint: EntryPoint, left: number): number {
    const { firstWork, start, values } = this.costs;
    const costs: Partial<Record<EntryPoint, number>> = { pack: packedEach, reduce: 4 * reducedEach, starts: values, observations: 1 };
    const measured = this.measuredPlaces.get(entryPoint) ?? firstWork / (costs[entryPoint] ?? start);
    return Math.min(left, this.runsPerWorkgroup * Math.max(1, Math.floor(measured / this.runsPerWorkgroup)));
  }

  /** A dispatch of such an entry point over so many places took `ms` milliseconds. */
  tookPlaces(entryPoint: EntryPoint, places: number, ms: number): void {
    this.measuredPlaces.set(entryPoint, places * Math.min(targetMs / Math.max(ms, 0.1), growth.work));
  }
}
