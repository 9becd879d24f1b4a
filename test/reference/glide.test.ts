import { afterEach, describe, expect, it, vi } from "vitest";
import { losses } from "../../src/model/losses.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { addScaled, outputOf, pullAndMove, pullOf } from "../../src/reference/linear.ts";
import { Run } from "../../src/reference/run.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";

afterEach(() => vi.restoreAllMocks());

/** 5 rows and tokens: four rows that are taken together, and one more. Some logits at the start are negative. */
const shape = { tokens: 5, dim: 5, logits: { kind: "gaussian", scale: 1 }, integrator: { kind: "euler", step: 0.05 } };

/** All that came of a run, and how many steps were taken by `step`: whoever watches a run sees every step, so that none is glided over. */
function follow(specification: object, watched: boolean) {
  const ensemble = parseEnsemble({ ...shape, ...specification });
  const state = drawStart(ensemble, 0);
  const step = vi.spyOn(Run.prototype, "step");
  const options = { trajectory: true, overTime: true, ...(watched && { watch: () => {} }) };
  const outcome = simulate(ensemble, state, options);
  const single = step.mock.calls.length;
  step.mockRestore();
  return { outcome: { ...outcome, state }, single };
}

describe("steps of Euler's method in which nothing happens", () => {
  it.each(Object.keys(losses))("have the bits of single steps under %s, with every normalizer", (loss) => {
    for (const normalizer of Object.keys(normalizers)) {
      const of = { loss, normalizer, until: { steps: 300 }, record: { tippingTime: true, times: { from: 0.05, to: 10, count: 9 } } };
      const [glided, single] = [follow(of, false), follow(of, true)];
      expect(glided.outcome, normalizer).toEqual(single.outcome);
      expect(single.single).toBe(single.outcome.row.steps);
      // The recorded times, some events, and the last step.
      expect(glided.single, normalizer).toBeLessThanOrEqual(9 + 20);
    }
  });
  it("stop where the loss falls to a given one, and where a run diverges", () => {
    for (const of of [
      { loss: "square", until: { steps: 300 }, record: { lossAt: 0.3 } },
      // With uniform weights no token leads, and nothing is recorded before the end, so that nothing else stops the run.
      {
        loss: "square",
        normalizer: "uniform",
        integrator: { kind: "euler", step: 1e3 },
        until: { steps: 300 },
        record: { times: { from: 3e5, to: 3e5, count: 1 } },
      },
    ]) {
      const [glided, single] = [follow(of, false), follow(of, true)];
      expect(glided.outcome).toEqual(single.outcome);
      expect((single.outcome.row.timeToLoss ?? 0) > 0 || single.outcome.row.steps < 300).toBe(true);
    }
  });
  it.each([
    { model: "tied" },
    { train: "logits", loss: "square" },
    { train: "values" },
    { decay: { values: 0.1 } },
    { decay: { logits: 0.1 } },
    { noise: { kind: "gradient", scale: 0.1 } },
    { until: { clock: 5 } },
    { integrator: { kind: "heun", step: 0.05 } },
    { integrator: "tsit5", until: { time: 5 } },
    { integrator: undefined, optimizer: { kind: "gradient-descent", learningRate: 0.05 } },
  ])("are single steps where slopes or steps are others: %o", (more) => {
    const of = { until: { steps: 100 }, ...more };
    const [plain, watched] = [follow(of, false), follow(of, true)];
    expect(plain.outcome).toEqual(watched.outcome);
    expect(plain.single).toBe(watched.single);
  });
});

describe("products of rows that are taken together", () => {
  const numbers = (count: number, of: number) => Float64Array.from({ length: count }, (_, i) => Math.sin(7 * i + of));

  it.each([1, 3, 4, 5, 8, 11])("have the bits of plain loops of %i rows", (d) => {
    const n = 3;
    const [values, p, g] = [numbers(n * d, 1), numbers(n, 2), numbers(d, 3)] as const;
    const [output, pull, moved] = [new Float64Array(d), new Float64Array(n), new Float64Array(n * d)] as const;
    for (let k = 0; k < d; k++)
      for (let i = 0; i < n; i++) {
        const [v, weight, slope] = [values[k * n + i], p[i], g[k]] as [number, number, number];
        output[k] = (output[k] as number) + v * weight;
        pull[i] = (pull[i] as number) + v * slope;
        moved[k * n + i] = v - 0.3 * (slope * weight);
      }
    const [y, c, also, after] = [output, pull, pull, moved].map((x) => new Float64Array(x.length).fill(9)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    outputOf(values, p, y);
    pullOf(values, g, c);
    pullAndMove(values, g, p, 0.3, also, after);
    expect({ y, c, also, after }).toEqual({ y: output, c: pull, also: pull, after: moved });
  });
  it.each([[[]], [[0.5]], [[0, 0.5]], [[0.5, 0]], [[0.1, 0.2, 0.3]], [[0.1, 0, 0.3, 0.4]], [[0, 0, 0]]])(
    "have the bits of slopes added one after the other: %j",
    (coefficients) => {
      const x = numbers(6, 1);
      const slopes = coefficients.map((_, j) => numbers(6, 2 + j));
      const plain = x.slice(0, 5);
      coefficients.forEach((c, j) => {
        if (c !== 0) for (let i = 0; i < 5; i++) plain[i] = (plain[i] as number) + 0.7 * c * (slopes[j]?.[i] as number);
      });
      const out = new Float64Array(5);
      addScaled(x, 0.7, coefficients, slopes, out);
      expect(out).toEqual(plain);
    },
  );
});
