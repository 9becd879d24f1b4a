import { describe, expect, it } from "vitest";
import type { OpenDevice } from "../../src/gpu/device.ts";
import type { Kernels } from "../../src/gpu/kernels.ts";
import { maxInFlight } from "../../src/gpu/layout.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import { Pacing } from "../../src/gpu/pacing.ts";
import { followRuns } from "../../src/gpu/passes.ts";
import type { Plan } from "../../src/gpu/plan.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

const adaptive = { tokens: 8, dim: 1 };
const fixed = (steps: number) => ({ ...adaptive, integrator: "euler", until: { steps } });

/** Follows runs of so many trials on a device that answers only when the host waits. @param tells what it tells in place of how many runs go on */
async function follow(specification: Record<string, unknown>, trialsOf: readonly number[], tells = (goOn: number) => goOn) {
  const ensemble = parseEnsemble({ ...specification, runs: trialsOf.length });
  const lists: [number[], number[]] = [trialsOf.map((_, run) => run), []];
  const had = trialsOf.map(() => 0);
  let [trips, most, total] = [0, 0, 0];
  const observed: number[] = [];
  let answers: (() => void)[] = [];
  const follow: Kernels["follow"] = ({ list, from, trials, places }) => {
    const other = lists[1 - list] as number[];
    if (from === 0) other.length = 0;
    if (from === 0) total += trials;
    for (const run of (lists[list] as number[]).slice(from, from + places)) {
      had[run] = Math.min((had[run] as number) + trials, trialsOf[run] as number);
      if ((had[run] as number) < (trialsOf[run] as number)) other.push(run);
    }
    const goOn = tells(other.length);
    if (answers.length === 0)
      setImmediate(() => {
        trips++;
        for (const answer of answers.splice(0)) answer();
      });
    const answer = new Promise<number>((resolve) => answers.push(() => resolve(goOn)));
    most = Math.max(most, answers.length);
    return answer;
  };
  const slice = { segment: 0, ensemble, first: 0, count: trialsOf.length, place: 0, recorded: 0, recordedBefore: 0 };
  const slices: Plan["slices"] = [{ ...slice, sampled: [0], sampledBefore: 0, isLast: true }];
  await followRuns(
    { slices, runs: trialsOf.length, recorded: 0, samples: 1 },
    {
      opened: { fail: (message: string) => new Error(message) } as unknown as OpenDevice,
      kernels: { follow } as unknown as Kernels,
      pacing: new Pacing(ensemble, mappingOf(ensemble), true),
      before: Promise.resolve(),
      observe: async () => void observed.push(total),
    },
    {},
  );
  answers = [];
  return { had, trips, most, observed, total };
}

describe("passes", () => {
  it("over few runs are submitted ahead: a device that answers only when it is waited for is waited for a few times", async () => {
    const trialsOf = Array.from({ length: 10_000 }, (_, run) => 20 + (run % 20));
    const { had, trips, most, observed } = await follow(adaptive, trialsOf);
    expect(had).toEqual(trialsOf);
    expect(observed).toEqual([1, 2, 3, 4]); // before any later pass is submitted
    expect(trips).toBeLessThanOrEqual(3); // one for each of five passes, if each waited for the one before
    expect(most).toBeLessThanOrEqual(maxInFlight);
    const end = await follow(fixed(20_000), new Array<number>(1000).fill(20_000));
    expect([end.observed, end.total, Math.min(...end.had)]).toEqual([[64], 20_000, 20_000]);
  });
  it("end where no run is left, whatever was submitted ahead", async () => {
    expect((await follow(adaptive, [2, 1, 2])).had).toEqual([2, 1, 2]);
    expect((await follow(fixed(9), [9, 3])).had).toEqual([9, 3]);
  });
  it("see a device that goes on with more runs than it had, or with runs that took all their steps", async () => {
    await expect(follow(adaptive, [9, 9], (goOn) => goOn + 1)).rejects.toThrow("the device goes on with 3 of 2 runs");
    await expect(follow(fixed(9), [9, 9], () => 1)).rejects.toThrow("the device goes on with 1 runs that took all their steps");
  });
});
