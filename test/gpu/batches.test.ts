import { expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { columnNames } from "../../src/model/columns.ts";
import { maxRuns, maxTimes } from "../../src/model/ensemble.ts";
import type { RunBatch, SegmentResult } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";
import { drawStart } from "../../src/reference/start.ts";
import { narrow } from "../support/adapter.ts";
import { webgpu } from "../support/engine.ts";

// More times than distributions are kept for, so that there are no histograms.
const record = { times: { from: 1, to: 10, count: maxTimes + 1 }, vectors: true, trajectories: 0, tippingTime: false, fragility: false };
const ensemble = { ...parseEnsemble({ tokens: 3, dim: 2, runs: 1000, until: { time: 10 } }), record };

it("batches of any size give the same rows and vectors, each handed over once, in order and one at a time", async () => {
  const collect = async (words: number) => {
    const engine = await openWebgpuEngine(narrow((await findAdapter()) as GPUAdapter, words));
    const batches: RunBatch[] = [];
    let busy = false;
    const { rows } = await runWhole(engine, ensemble, {
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
  expect([whole.count, parts.count, whole.vectors.length]).toEqual([1, 8, 1000]);
  expect(parts.bytes).toEqual(whole.bytes);
  expect(parts.vectors).toEqual(whole.vectors);
});

it("the last of as many runs as there may be begins as the reference draws it", async () => {
  const many = parseEnsemble({ tokens: 3, dim: 2, runs: maxRuns, integrator: "euler", until: { steps: 2 } });
  const found: (RunBatch | SegmentResult)[] = [];
  await (await webgpu()).follow([{ ensemble: many, first: maxRuns - 8, count: 8, samples: 2 }], {
    onBatch: (batch) => void found.push(batch),
    onSegment: (_, result) => void found.push(result),
  });
  const [batch, { samples }] = found as [RunBatch, SegmentResult];
  expect([batch.first, batch.rows.status.length, samples.map(({ run }) => run)]).toEqual([maxRuns - 8, 8, [maxRuns - 1]]);
  const drawn = samples[0]?.logits as Float64Array;
  const { logits } = drawStart(many, maxRuns - 1);
  // 0.1 times a normal below 2, which agrees to 4 ulp (0.1·4·2⁻²³), is rounded (2⁻²⁷) and added to 1 (2⁻²⁴): below 2⁻²³ together.
  for (const [i, logit] of logits.entries()) expect(Math.abs((drawn[i] as number) - logit)).toBeLessThan(2 ** -23);
  expect(drawn[0]).not.toBeCloseTo(drawStart(many, maxRuns - 2).logits[0] as number, 4);
});
