import { expect } from "vitest";
import { type EnsembleResult, runWhole } from "../../src/ensemble/whole.ts";
import { columnNames } from "../../src/model/columns.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import type { RunBatch, RunOptions } from "../../src/model/result.ts";
import { arrayOf } from "../../src/model/rows.ts";
import { isOnCpu } from "./driver.ts";
import { webgpu } from "./engine.ts";

export type Result = EnsembleResult & { vectors: Float32Array; driver: string | undefined };

/** The results of one ensemble on the device, in two ways. */
export async function inBoth(ensemble: Ensemble, ...ways: [RunOptions, RunOptions]): Promise<[Result, Result]> {
  const engine = await webgpu();
  const results: Result[] = [];
  for (const options of ways) {
    const batches: RunBatch[] = [];
    const result = await runWhole(engine, ensemble, { ...options, samples: ensemble.runs, onBatch: (batch) => void batches.push(batch) });
    results.push({ ...result, vectors: batches[0]?.vectors as Float32Array, driver: engine.adapter?.description });
  }
  return results as [Result, Result];
}

/** Expects two results at fixed steps to be the same in every observable, up to rounding. The times of events are not compared. */
export function expectSame([one, other]: [Result, Result], tolerance: number): void {
  const starts = ({ samples }: Result) => samples.map(({ logits, values }) => ({ logits, values }));
  expect(starts(one)).toEqual(starts(other));
  const near = (got: number, expected: number, what: string) =>
    expect(
      Number.isNaN(expected) ? Number.isNaN(got) : Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected)),
      `${what}: ${got}, otherwise ${expected}`,
    ).toBe(true);
  // On a GPU two programs may differ where a target is divided by its norm: by 2.5 ulp each for the division, as WGSL allows, and 4.5 for the root.
  const ulps = isOnCpu(one.driver) ? 0 : 14;
  for (const [run, { target }] of one.samples.entries())
    for (const [k, x] of target.entries()) {
      const expected = other.samples[run]?.target[k] as number;
      expect(Math.abs(x - expected), `target ${k} of run ${run}`).toBeLessThanOrEqual(ulps * 2 ** -23 * Math.abs(expected));
    }
  for (let run = 0; run < one.rows.status.length; run++)
    for (const name of columnNames) {
      const [got, expected] = [one.rows[name][run] as number, other.rows[name][run] as number];
      if (arrayOf(name, Float32Array) === Uint32Array) expect(got, name).toBe(expected);
      else if (name !== "polarizationTime" && name !== "lockInTime") near(got, expected, `${name} of run ${run}`);
    }
  expect(one.vectors.length).toBe(other.vectors.length);
  one.vectors.forEach((x, at) => {
    near(x, other.vectors[at] as number, `vectors ${at}`);
  });
  expect(one.trajectories.length).toBe(other.trajectories.length);
  one.trajectories.forEach((trajectory, i) => {
    for (const name of ["logits", "weights", "valueNorms", "alignments", "gradientNorms", "loss"] as const)
      trajectory[name].flat().forEach((x, at) => {
        near(x, other.trajectories[i]?.[name].flat()[at] as number, `${name} ${at}`);
      });
  });
}
