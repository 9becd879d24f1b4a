import type { Ensemble } from "../model/ensemble.ts";
import { familyOf } from "../model/families.ts";
import type { Timing } from "../model/result.ts";
import type { FollowedPart } from "./follow.ts";

/** How long a sweep took, and what its time went to. */
export interface SweepTiming {
  wallMs: number;
  /** Share of the wall time in which the engine drew and followed runs, as far as the host can tell. */
  deviceBusy: number;
  /** Shares of the wall time in which nothing was followed, by the stage that was waited for. */
  waited: Record<string, number>;
  /** Most bytes of memory that the process had; absent where it can't be told. */
  peakBytes?: number;
  /** Processor time of the process with all its threads, those of a driver on the CPU too; absent where it can't be told. */
  processorMs?: number;
  /** Parts that were there before, from an earlier command. */
  resumed?: number;
}

const none = (): Timing => ({ compileMs: 0, initialMs: 0, simulateMs: 0, readMs: 0 });
const names = Object.keys(none()) as (keyof Timing)[];

/** How long the runs of each family took. */
export class FamilyTimings {
  private readonly families = new Map<string, { timing: Timing; runs: number }>();

  constructor(private readonly ensembles: readonly Ensemble[]) {
    for (const ensemble of ensembles) {
      const family = this.familyOf(ensemble);
      family.runs += ensemble.runs;
    }
  }

  add({ timings }: FollowedPart): void {
    for (const { points, timing } of timings) {
      const family = this.familyOf(this.ensembles[points[0] as number] as Ensemble);
      for (const name of names) family.timing[name] += timing[name];
    }
  }

  /** A point has its family's times by its share of the family's runs. */
  ofPoint(point: number): Timing {
    const ensemble = this.ensembles[point] as Ensemble;
    const { timing, runs } = this.familyOf(ensemble);
    return Object.fromEntries(names.map((name) => [name, (timing[name] * ensemble.runs) / runs])) as unknown as Timing;
  }

  /** @param waited milliseconds by stage */
  shares(wallMs: number, waited: Readonly<Record<string, number>>): Omit<SweepTiming, "wallMs" | "resumed"> {
    const total = (name: keyof Timing) => [...this.families.values()].reduce((sum, { timing }) => sum + timing[name], 0);
    const all = { compile: total("compileMs"), ...waited };
    return {
      deviceBusy: Math.min(1, (total("initialMs") + total("simulateMs")) / wallMs),
      waited: Object.fromEntries(Object.entries(all).map(([stage, ms]) => [stage, ms / wallMs])),
    };
  }

  private familyOf(ensemble: Ensemble): { timing: Timing; runs: number } {
    const key = familyOf(ensemble);
    const family = this.families.get(key) ?? { timing: none(), runs: 0 };
    this.families.set(key, family);
    return family;
  }
}
