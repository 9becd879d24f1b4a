import { describe, expect, it } from "vitest";
import { type EnsembleResult, runWhole } from "../../src/ensemble/whole.ts";
import type { Column } from "../../src/model/columns.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { type NormalizerKind, normalizerRow } from "../../src/model/normalizers.ts";
import type { RunBatch } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { isSound, statuses } from "../../src/model/status.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";
import { webgpu } from "../support/engine.ts";
import { lateShortfall, lateStarts, lateTolerance, marginOrbit, pullsOf, slownessOf } from "../support/marginOrbit.ts";

const run = async (ensemble: Ensemble, reduce = true) => {
  const batches: RunBatch[] = [];
  const result = await runWhole(await webgpu(), ensemble, { reduce, samples: ensemble.runs, onBatch: (batch) => void batches.push(batch) });
  return { ...result, vectors: batches[0]?.vectors as Float32Array };
};
const median = (values: ArrayLike<number>) => Array.from(values).sort((a, b) => a - b)[values.length >> 1] as number;
const rtol = 1e-4; // the default

describe("the margin's own clock on the device", () => {
  it.each([2, 3, 16])("leaves the losers 2(n − 1)/(n τ²) under softmax, to τ = 10¹⁵: n = %d", async (tokens) => {
    // For many tokens one kind of start, since each needs a compilation.
    for (const start of lateStarts.slice(0, tokens > 8 ? 1 : undefined))
      for (const clock of [1e6, 1e15]) {
        const { rows } = await run(parseEnsemble({ tokens, runs: 128, until: { clock }, ...start }));
        expect([...rows.status].every((status) => status === statuses.completed)).toBe(true);
        const off = [...rows.shortfall].map((shortfall) => Math.abs(shortfall / lateShortfall(tokens, clock) - 1));
        expect(Math.max(...off), JSON.stringify({ start, clock })).toBeLessThan(lateTolerance(tokens, clock, rtol));
      }
  });

  it("is near the law at τ = 200 and 1000, by the median over 4096 starts with equal logits", async () => {
    // 1.249 and 1.042, by a program in float64 from other starts of this kind. Ratios spread by 0.06 and 0.01, their medians by 0.001
    // and 0.0002; a run errs by rtol of each of its logits, of some 10.
    for (const [clock, ratio] of [
      [200, 1.249],
      [1000, 1.042],
    ] as const) {
      const { rows } = await run(parseEnsemble({ tokens: 8, runs: 4096, logits: "zero", until: { clock } }));
      expect(Math.abs(median(rows.shortfall) / lateShortfall(8, clock) - ratio)).toBeLessThan(0.006);
    }
  });

  it.each([true, false])("makes one orbit of logistic and exponential loss, to the bit (reduced: %s)", async (reduce) => {
    const results: EnsembleResult[] = [];
    for (const loss of ["logistic", "exponential"])
      results.push(
        await run(
          parseEnsemble({ tokens: 6, dim: 4, loss, runs: 64, until: { clock: 300 }, record: { trajectories: 8, vectors: true } }),
          reduce,
        ),
      );
    const [logistic, exponential] = results as [EnsembleResult, EnsembleResult];
    const same: Column[] = ["steps", "rejected", "sink", "shortfall", "entropy", "sinkNorm", "normRatio", "largestValue", "largestLogit"];
    const times: Column[] = ["logitGap", "polarizationTime", "lockInTime"];
    for (const name of [...same, ...times]) expect(logistic.rows[name], name).toEqual(exponential.rows[name]);
    logistic.samples.forEach(({ end: { vectors, row } }, i) => {
      const other = exponential.samples[i]?.end;
      expect([vectors.weights, row.entropy]).toEqual([other?.vectors.weights, other?.row.entropy]);
    });
    logistic.trajectories.forEach(({ logits, valueNorms }, i) => {
      expect({ logits, valueNorms }).toEqual({
        logits: exponential.trajectories[i]?.logits,
        valueNorms: exponential.trajectories[i]?.valueNorms,
      });
    });
    // They differ in their losses, and in the speed of their clocks.
    expect(logistic.trajectories[0]?.loss).not.toEqual(exponential.trajectories[0]?.loss);
  });

  it.each(["logistic", "exponential"] as const)("keeps flow time as the equations on paper do: %s", async (loss) => {
    // Short ends too, where logistic loss is no exponential. log t follows the margin, which errs by rtol of itself a step.
    for (const clock of [0.3, 3, 30, 230]) {
      const ensemble = parseEnsemble({ tokens: 5, dim: 3, loss, runs: 4, target: "gaussian", until: { clock } });
      const { rows, samples } = await run(ensemble);
      samples.forEach((sample, i) => {
        const square = sample.target.reduce((sum, b) => sum + b * b, 0);
        const paper = marginOrbit(sample.logits, pullsOf(sample), square, slownessOf[loss]).to(clock, 4000);
        const size = Math.max(1, Math.abs(paper.logTime));
        expect(Math.abs((rows.logTime[i] as number) - paper.logTime), `run ${i} at τ = ${clock}`).toBeLessThan(10 * rtol * size);
      });
    }
  });

  // Normalizers whose weights are shares and others, with a kink and without.
  const kinds: NormalizerKind[] = ["softmax", "softmax1", "sparsemax", "sigmoid", "l1", "l2"];
  const ways = [
    { reduce: true, steps: "adaptive", loss: "exponential", until: { clock: 4 } },
    { reduce: false, steps: "fixed", loss: "logistic", integrator: { kind: "heun", step: 0.0625 }, until: { clock: 2 } },
  ];
  const cases = kinds.flatMap((normalizer) =>
    ways.filter(({ reduce }) => reduce || ["softmax", "l1"].includes(normalizer)).map((way) => ({ normalizer, ...way })),
  );
  it.each(cases)("agrees with float64: $normalizer, $steps steps, reduced: $reduce", async ({ normalizer, reduce, steps, ...rest }) => {
    const ensemble = parseEnsemble({
      ...rest,
      tokens: 5,
      dim: 3,
      normalizer,
      runs: 16,
      // For a normalizer that divides by a sum, logits whose sum is seldom near 0.
      logits: normalizerRow({ kind: normalizer }).denominator ? { kind: "offset", mean: 1, scale: 0.3 } : { kind: "gaussian", scale: 1 },
      values: { kind: "gaussian", scale: 0.5 },
    });
    const { rows, samples } = await run(ensemble, reduce);
    const summary = judge(samples.map((sample) => examine(ensemble, sample)));
    expect(summary).toMatchObject({ exceeded: 0 });
    expect(summary?.runs).toBeGreaterThan(8);
    const off: number[] = [];
    samples.forEach(({ logits, values, target, end }, i) => {
      if (!isSound(end.row.status)) return;
      const twin = simulate(ensemble, { logits: logits.slice(), values: values.slice(), target }).row;
      off.push(Math.abs((rows.logTime[i] as number) - twin.logTime) / Math.max(1, Math.abs(twin.logTime)));
    });
    expect(off.length).toBeGreaterThan(8);
    // At fixed steps both have the same error, and only rounding differs.
    expect(median(off)).toBeLessThan(steps === "adaptive" ? 10 * rtol : 1e-5);
  });
});
