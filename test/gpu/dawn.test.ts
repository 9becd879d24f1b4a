import { promisify } from "node:util";
import { expect, it, vi } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import { PipelineCache } from "../../src/gpu/program.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";
import { webgpu } from "../support/engine.ts";

it("Dawn uses the timer in a long wait, and the callbacks of others are called as usual", async () => {
  const engine = await webgpu();
  const timer = vi.spyOn(globalThis, "setTimeout");
  await runWhole(engine, parseEnsemble({ tokens: 3, dim: 2, runs: 65_536 }));
  expect(timer.mock.calls.filter(([, delay]) => delay === 1).length).toBeGreaterThan(10);

  timer.mockClear();
  const called: unknown[] = [];
  const cleared = setImmediate(() => called.push("cleared"));
  clearImmediate(cleared);
  await new Promise((resolve) => setImmediate((x) => resolve(called.push(x)), "given"));
  // A bound function is native too, and this one calls setImmediate from within itself, as Dawn does.
  const bound: () => void = function (this: string) {
    if (called.push(this.toString()) < 201) setImmediate(bound);
  }.bind("bound");
  setImmediate(bound);
  while (called.length < 201) await new Promise<void>((resolve) => setImmediate(() => resolve()));
  expect(await promisify(setImmediate)("promised")).toBe("promised");
  expect(called).toEqual(["given", ...Array(200).fill("bound")]);
  expect(timer).not.toHaveBeenCalled();
  timer.mockRestore();
});

it("A round trip needs no pause while a pipeline compiles, and the wait for the pipeline has pauses again", async () => {
  const opened = await openDevice((await findAdapter()) as GPUAdapter);
  const { device, limits } = opened;
  // No cache of the driver's can hold this program.
  const ensemble = parseEnsemble({ tokens: 16, dim: 16, polarizedAt: 0.9 + 0.05 * Math.random() });
  const timer = vi.spyOn(globalThis, "setTimeout");
  let isCompiling = true;
  const pipeline = new PipelineCache(opened).pipeline(ensemble, mappingOf(ensemble, {}, limits), "flow");
  const compiled = pipeline.finally(() => {
    isCompiling = false;
  });
  const pauses = () => timer.mock.calls.filter(([, delay]) => delay === 1).length;
  const pause = () => vi.waitUntil(() => pauses() > 0 || !isCompiling, { interval: 5 });
  await pause();
  let [trips, paused] = [0, 0];
  for (; isCompiling && trips < 100; trips++) {
    timer.mockClear();
    device.queue.submit([device.createCommandEncoder().finish()]);
    await device.queue.onSubmittedWorkDone();
    if (pauses() > 0) paused++;
  }
  // A busy machine may keep the driver's thread waiting, and then a trip has a pause; without a new row of polls each would have one.
  expect(trips).toBeGreaterThan(10);
  expect(paused).toBeLessThan(trips / 2);
  timer.mockClear();
  await pause();
  timer.mockRestore();
  await compiled;
  device.destroy();
});
