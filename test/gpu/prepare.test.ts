import { afterAll, describe, expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { type Engine, wholeOf } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";

const fixed = { tokens: 4, dim: 3, loss: "square", integrator: { kind: "euler", step: 0.25 }, until: { steps: 40 } };
/** Another family. */
const logistic = { ...fixed, loss: "logistic" };

const opened: Engine[] = [];
afterAll(async () => {
  for (const engine of opened) await engine.close();
});

/** An engine, and how many pipelines it was told to compile. @param programs that it keeps */
async function counted(programs?: number) {
  const adapter = (await findAdapter()) as GPUAdapter;
  const count = { compiled: 0, done: 0 };
  const requestDevice = async (descriptor: GPUDeviceDescriptor) => {
    const device = await adapter.requestDevice(descriptor);
    const create = device.createComputePipelineAsync.bind(device);
    device.createComputePipelineAsync = (pipeline) => {
      count.compiled++;
      return create(pipeline).finally(() => count.done++);
    };
    return device;
  };
  const { info, features, limits } = adapter;
  const counting = { info, features, limits, requestDevice } as unknown as GPUAdapter;
  const engine = await openWebgpuEngine(counting, undefined, programs);
  opened.push(engine);
  return { engine, count, prepare: async (input: object) => engine.prepare?.(parseEnsemble({ runs: 3, ...input })) };
}

describe("prepare", () => {
  it("compiles a family, of which then no pipeline is missing", async () => {
    const { engine, count, prepare } = await counted();
    const record = { trajectories: 1 };
    await prepare({ ...fixed, record });
    expect(count).toEqual({ compiled: 9, done: 9 });
    const { rows } = await runWhole(engine, parseEnsemble({ ...fixed, runs: 3, record, seed: 7, until: { steps: 50 } }), { samples: 2 });
    expect([count.compiled, rows.steps[0]]).toEqual([9, 50]);
  });

  it("is rejected where `follow` would be", async () => {
    const { prepare } = await counted();
    await expect(prepare({ tokens: 4, dim: 3, integrator: { kind: "tsit5", rtol: 1e-7 } })).rejects.toThrow("integrator.rtol");
  });

  it("keeps as many programs as it is told: a family that was not used for longest is compiled again", async () => {
    const { count, prepare } = await counted(4); // two families
    const third = { ...fixed, loss: "exponential" };
    const each: number[] = [];
    for (const input of [fixed, logistic, fixed, third, fixed, logistic]) {
      const before = count.compiled;
      await prepare(input);
      each.push(count.compiled - before);
    }
    expect(each).toEqual([8, 8, 0, 8, 0, 8]);
  });

  it("does not keep the device from runs that are followed: a driver may compile what is dispatched first", async () => {
    const { engine, count, prepare } = await counted();
    let taken = () => {};
    const handed = new Promise<void>((resolve) => (taken = resolve));
    let arrived = () => {};
    const batch = new Promise<void>((resolve) => (arrived = resolve));
    const onBatch = () => {
      arrived();
      return handed;
    };
    const followed = engine.follow([wholeOf(parseEnsemble({ ...fixed, runs: 3 }))], { onBatch });
    await batch;
    const before = count.done;
    let isPrepared = false;
    const prepared = prepare(logistic).then(() => (isPrepared = true));
    await expect.poll(() => count.done).toBe(before + 8);
    await new Promise((resolve) => setTimeout(resolve, 1000)); // on a driver that compiles then, one dispatch takes half of that
    expect(isPrepared).toBe(false);
    taken();
    await Promise.all([followed, prepared]);
  });
});
