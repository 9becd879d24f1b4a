import { expect, it } from "vitest";
import { Batch } from "../../src/gpu/batch.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { layOut } from "../../src/gpu/layout.ts";
import { PipelineCache } from "../../src/gpu/program.ts";
import { columnNames } from "../../src/model/columns.ts";
import { maxRuns, maxTimes } from "../../src/model/ensemble.ts";
import type { RunBatch } from "../../src/model/result.ts";
import { samplingOf } from "../../src/model/samples.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";
import { drawStart } from "../../src/reference/start.ts";

/** An adapter whose buffers hold at most `words` words. */
function narrow(adapter: GPUAdapter, words: number): GPUAdapter {
  const limits = { maxStorageBufferBindingSize: 4 * words, maxBufferSize: 4 * words };
  return {
    info: adapter.info,
    features: adapter.features,
    limits,
    requestDevice: (descriptor: GPUDeviceDescriptor) => adapter.requestDevice({ ...descriptor, requiredLimits: {} }),
  } as unknown as GPUAdapter;
}

// More times than distributions are kept for, so that there are no histograms.
const record = { times: { from: 1, to: 10, count: maxTimes + 1 }, vectors: true, trajectories: 0 };
const ensemble = { ...parseEnsemble({ tokens: 3, dim: 2, runs: 1000, until: { time: 10 } }), record };

it("batches of any size give the same rows and vectors, each handed over once, in order and one at a time", async () => {
  const collect = async (words: number) => {
    const engine = await openWebgpuEngine(narrow((await findAdapter()) as GPUAdapter, words));
    const batches: RunBatch[] = [];
    let busy = false;
    const { rows } = await engine.run(ensemble, {
      onBatch: async (batch) => {
        expect(busy).toBe(false);
        busy = true;
        // Sometimes slow, so that the next batch is computed before this call ends; the rows that it was given stay as they are.
        if (batches.length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
        batches.push(batch);
        busy = false;
      },
    });
    const bytes = columnNames.map((name) => Buffer.from(Uint8Array.from(new Uint8Array(rows[name].buffer))).toString("base64"));
    const columns = columnNames.map((name) => batches.flatMap((batch) => [...batch.rows[name]]));
    const vectors = batches.flatMap(({ count, vectors: words = [] }) =>
      Array.from({ length: count }, (_, run) => Array.from({ length: words.length / count }, (_, i) => words[i * count + run])),
    );
    expect(batches.map(({ first }) => first)).toEqual(
      batches.map((_, i) => batches.slice(0, i).reduce((sum, { count }) => sum + count, 0)),
    );
    expect(columns).toEqual(columnNames.map((name) => [...rows[name]]));
    return { bytes, vectors, count: batches.length };
  };
  const whole = await collect(2 ** 20);
  const parts = await collect(4000);
  expect([whole.count, parts.count, whole.vectors.length]).toEqual([1, 7, 1000]);
  expect(parts.bytes).toEqual(whole.bytes);
  expect(parts.vectors).toEqual(whole.vectors);
});

it("the last of as many runs as there may be begins as the reference draws it", async () => {
  const opened = await openDevice((await findAdapter()) as GPUAdapter);
  const many = parseEnsemble({ tokens: 3, dim: 2, runs: maxRuns, integrator: "euler", until: { steps: 2 } });
  const cache = new PipelineCache(opened.device);
  const batch = new Batch(opened, many, layOut(many, opened.limits), cache, samplingOf(maxRuns, 2));
  await batch.compile();
  await batch.draw(maxRuns - 8, 8);
  await batch.follow({});
  const rows = await batch.readRows();
  const { from, starts } = await batch.readSamples();
  expect([from, starts.length, rows.status.length]).toEqual([1, 1, 8]);
  const drawn = new Float32Array((starts[0] as Uint32Array).slice().buffer);
  const { logits } = drawStart(many, maxRuns - 1);
  // 0.1 times a normal below 2, which agrees to 4 ulp (0.1·4·2⁻²³), is rounded (2⁻²⁷) and added to 1 (2⁻²⁴): below 2⁻²³ together.
  for (const [i, logit] of logits.entries()) expect(Math.abs((drawn[i] as number) - logit)).toBeLessThan(2 ** -23);
  expect(drawn[0]).not.toBeCloseTo(drawStart(many, maxRuns - 2).logits[0] as number, 4);
  batch.destroy();
  opened.device.destroy();
});
