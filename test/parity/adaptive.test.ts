import { describe, expect, it } from "vitest";
import { compare, summarizeComparisons } from "../../src/ensemble/verify.ts";
import { designOf } from "../../src/model/design.ts";
import { isSound } from "../../src/model/rows.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { webgpu } from "../support/engine.ts";
import { adaptiveCases, fine } from "./cases.ts";

/** The documented multiple of rtol within which runs end, by the median (docs/accuracy.md); under `sum` its pole amplifies. */
const multiple = (normalizer: string) => (normalizer === "sum" ? 100 : 10);

describe("adaptive runs on the device agree with float64, for every loss and normalizer", () => {
  it.each(adaptiveCases())("$name", async ({ point }) => {
    const runs = 16;
    const { rows, samples } = await (await webgpu()).run({ ...point, runs }, { samples: runs });
    // With the reference at the same tolerances.
    const comparisons = samples.map((sample) => compare(point, sample));
    expect(summarizeComparisons(comparisons)).toMatchObject({ exceeded: 0 });

    // With a solve at rtol 1e-10, from the same starts.
    const design = designOf(point)?.map(Math.fround);
    const errors: number[] = [];
    let steps = 0;
    for (const { run, logits, values, target, weights } of samples) {
      const start = () => ({ logits: logits.slice(), values: values.slice(), target, ...(design && { design }) });
      steps += simulate(point, start()).row.steps;
      if (!isSound(rows.status[run] as number)) continue;
      const exact = simulate(fine(point), start()).vectors.weights;
      errors.push(Math.max(...exact.map((p, i) => Math.abs(p - (weights[i] as number)))) / Math.max(1, ...exact.map(Math.abs)));
    }
    expect(errors.length).toBeGreaterThan(runs / 2);
    const { rtol } = point.integrator as { rtol: number };
    expect(errors.sort((a, b) => a - b)[errors.length >> 1]).toBeLessThan(multiple(point.normalizer.kind) * rtol);
    // The same control: as many steps, but for what rounding changes of an error estimate near its bound.
    const taken = [...rows.steps].reduce((sum, x) => sum + x, 0);
    expect(taken / steps).toBeGreaterThan(0.8);
    expect(taken / steps).toBeLessThan(1.25);
  });
});
