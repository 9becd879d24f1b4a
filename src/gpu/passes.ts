import { stepsOf } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { RunOptions } from "../model/result.ts";
import type { OpenDevice } from "./device.ts";
import type { Kernels } from "./kernels.ts";
import type { Pacing } from "./pacing.ts";
import type { Plan } from "./plan.ts";

/** Trials after which sampled runs are observed on the way: few, so that no fault has time to heal. Of adaptive steps each shows how long it was. */
const earlyTrials = { fixed: [64], adaptive: [1, 2, 3, 4] };

/** A pass (shaders/flow.wgsl): its places are those of its list. */
interface Pass {
  trials: number;
  /** Whether no run goes on after it, but for another reason. */
  toEnd: boolean;
  /** The pass before, until it is known to be done: the runs that go on after it are listed. */
  before: Pass | undefined;
  /** Then, how many. */
  listed: number;
  /** Places that were dispatched over; of some of them it is known that they are done, and how many of their runs go on. */
  dispatched: number;
  done: number;
  goOn: number;
}

const mostListed = ({ before, listed }: Pass): number => (before ? mostAfter(before) : listed);

/** How many runs go on after a pass that is dispatched, at most, as far as it is known. */
function mostAfter(pass: Pass): number {
  return pass.goOn + Math.max(0, Math.min(pass.dispatched, mostListed(pass)) - pass.done);
}

/** A dispatch that was submitted, over `places` places of a pass from `from` on. */
interface Dispatched {
  pass: Pass;
  from: number;
  places: number;
  /** How many runs go on after the pass so far. */
  goOn: Promise<number>;
}

interface Following {
  opened: OpenDevice;
  kernels: Kernels;
  pacing: Pacing;
  /** When what was submitted before is done. */
  before: Promise<unknown>;
  /** Submits that sampled runs are observed. */
  observe(): Promise<void>;
}

/** The most steps to the end of a run of the batch; undefined with adaptive steps. */
function mostSteps({ slices }: Plan): number | undefined {
  const steps = slices.map(({ ensemble }) => stepsOf(ensemble));
  return steps[0] === undefined ? undefined : Math.max(...(steps as number[]));
}

/**
 * Follows all runs of a batch to their ends, pass by pass. The next dispatch is submitted before those before it are known to be done, that of the
 * next pass too: the kernel takes the places of its list, and passes over those beyond its end. Throws SinkflowError("interrupted") when the signal fires.
 */
export async function followRuns(
  plan: Plan,
  { opened, kernels, pacing, before, observe }: Following,
  { signal, trials: wanted, onProgress }: RunOptions,
): Promise<void> {
  const all = mostSteps(plan);
  const sameSteps = plan.slices.every(({ ensemble }) => stepsOf(ensemble) === all) ? all : undefined;
  // Whatever is measured, sampled runs are observed after so many trials, so that verification can be repeated.
  const early = all === undefined ? earlyTrials.adaptive : earlyTrials.fixed.map((trials) => Math.min(trials, all));
  await before;
  let lastDone = performance.now();
  const inFlight: Dispatched[] = [];
  const awaitOldest = async () => {
    const { pass, from, places, goOn: read } = inFlight.shift() as Dispatched;
    const goOn = await read;
    const now = performance.now();
    if (pass.before) pass.listed = pass.before.goOn;
    pass.before = undefined;
    const runs = Math.max(0, Math.min(places, pass.listed - from));
    const more = goOn - pass.goOn;
    if (more < 0 || more > runs) throw opened.fail(`the device goes on with ${goOn} of ${pass.listed} runs`);
    if (runs > 0) pacing.took({ runs, trials: pass.trials }, now - lastDone, pass.toEnd ? runs : more);
    pass.goOn = goOn;
    pass.done += places;
    lastDone = now;
  };
  let pass: Pass | undefined;
  let list = 1;
  let observedAt: number | undefined;
  let taken = 0;
  for (;;) {
    while (!pacing.hasRoomAfter(inFlight.map(({ places, pass: { trials } }) => ({ runs: places, trials })))) await awaitOldest();
    if (signal?.aborted) throw new SinkflowError("interrupted", "interrupted");
    if (!pass || pass.dispatched >= mostListed(pass)) {
      if (pass) taken += pass.trials;
      if (pass && observedAt !== undefined && (taken === observedAt || mostAfter(pass) === 0)) await observe();
      if (taken === all) while (inFlight.length > 0) await awaitOldest();
      const left: number = pass ? mostAfter(pass) : plan.runs;
      if (left === 0) break;
      if (taken === all) throw opened.fail(`the device goes on with ${left} runs that took all their steps`);
      const planned = pacing.trials(left, all === undefined ? undefined : { taken, all }, wanted);
      observedAt = plan.samples === 0 ? undefined : early.find((trials) => trials > taken);
      const trials = observedAt === undefined ? planned : Math.min(planned, observedAt - taken);
      pass = { trials, toEnd: taken + trials === sameSteps, before: pass, listed: left, dispatched: 0, done: 0, goOn: 0 };
      list = 1 - list;
    }
    const { trials, dispatched: from } = pass;
    const left = mostListed(pass);
    const places = pacing.runs(left - from, trials);
    inFlight.push({ pass, from, places, goOn: kernels.follow({ list, from, trials, places }) });
    pass.dispatched += places;
    onProgress?.(all === undefined ? 1 - left / plan.runs : (taken + (trials * pass.dispatched) / left) / all);
  }
  while (inFlight.length > 0) await awaitOldest();
}
