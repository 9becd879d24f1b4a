import { describe, expect, it } from "vitest";
import { weightError } from "../../scripts/shared/cases.ts";
import { isAdaptive } from "../../src/model/integrators.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { logIntegral } from "../../src/reference/flowTime.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { lateShortfall, lateStarts, lateTolerance, marginOrbit, pullsOf, slownessOf } from "../support/marginOrbit.ts";

const tight = { kind: "tsit5", rtol: 1e-9, atol: 1e-11 };
const follow = (specification: Record<string, unknown>, run = 0) => {
  const ensemble = parseEnsemble(specification);
  return simulate(ensemble, drawStart(ensemble, run));
};

describe("the margin's own clock in float64", () => {
  it.each([2, 3, 4, 8, 16, 32])("leaves the losers 2(n − 1)/(n τ²) under softmax: n = %d", (tokens) => {
    for (const [clock, rtol] of [
      [1e6, 1e-9],
      [1e15, 1e-9],
      [1e15, 1e-4],
    ] as const)
      lateStarts.forEach((start, run) => {
        const { row } = follow({ tokens, until: { clock }, integrator: { kind: "tsit5", rtol, atol: rtol / 100 }, ...start }, run);
        expect(row.status).toBe(statuses.completed);
        expect(Math.abs(row.shortfall / lateShortfall(tokens, clock) - 1), `run ${run} to τ = ${clock}`).toBeLessThan(
          lateTolerance(tokens, clock, rtol),
        );
      });
  });

  it("leaves them less for a longer target, by its squared norm", () => {
    const { row } = follow({ tokens: 4, dim: 2, target: { kind: "given", vector: [3, -4] }, until: { clock: 1e9 }, integrator: tight });
    expect(Math.abs(row.shortfall / lateShortfall(4, 1e9, 25) - 1)).toBeLessThan(lateTolerance(4, 1e9, 1e-9));
  });

  it("is at τ = 200 and 1000 where another program found it, by the median over starts with equal logits", () => {
    // 1.249 and 1.042 over 4096 starts; over 512, medians of ratios that spread by 0.06 and 0.01 are known to 0.004 and 0.0007.
    const median = (clock: number) =>
      Array.from({ length: 512 }, (_, run) => follow({ tokens: 8, logits: "zero", until: { clock } }, run).row.shortfall)
        .map((shortfall) => shortfall / lateShortfall(8, clock))
        .sort((a, b) => a - b)[256] as number;
    expect(Math.abs(median(200) - 1.249)).toBeLessThan(0.012);
    expect(Math.abs(median(1000) - 1.042)).toBeLessThan(0.003);
  });

  it.each(Object.entries(slownessOf))("keeps weights and flow time of the equations on paper: %s", (loss, slowness) => {
    for (const clock of [0.3, 3, 30])
      for (let run = 0; run < 4; run++) {
        const ensemble = parseEnsemble({ tokens: 5, dim: 3, loss, target: "gaussian", until: { clock }, integrator: tight });
        const state = drawStart(ensemble, run);
        const square = state.target.reduce((sum, b) => sum + b * b, 0);
        const paper = marginOrbit(state.logits, pullsOf(state), square, slowness).to(clock, 4000);
        const { row, vectors } = simulate(ensemble, state);
        expect(weightError(paper.weights, vectors.weights)).toBeLessThan(1e-7);
        // Flow time is summed over whole steps, by a rule of the fourth order: 1e-6 where they are as short as here.
        expect(Math.abs(row.logTime - paper.logTime), `run ${run} at τ = ${clock}`).toBeLessThan(1e-6);
      }
  });

  it.each([
    ["logistic", "softmax", 12],
    ["exponential", "softmax", 12],
    ["logistic", "sigmoid", 4],
    ["exponential", "l2", 12],
    ["logistic", "linear", 1],
  ])("is where the flow in its own time is at that time: %s, %s", (loss, normalizer, clock) => {
    for (let run = 0; run < 4; run++) {
      const specification = { tokens: 4, loss, normalizer, integrator: tight };
      const { row, vectors } = follow({ ...specification, until: { clock } }, run);
      const same = follow({ ...specification, until: { time: Math.exp(row.logTime) } }, run);
      expect(weightError(vectors.weights, same.vectors.weights)).toBeLessThan(1e-6);
      expect(Math.abs(row.loss / same.row.loss - 1)).toBeLessThan(1e-4); // the loss goes as 1/t
      expect(row.sink).toBe(same.row.sink);
      expect(same.row.logTime).toBeNaN();
    }
  });

  it("reaches t = 10^100 and far beyond in some hundred steps", () => {
    const { row } = follow({ tokens: 8, until: { clock: 300 } });
    expect(row.logTime).toBeGreaterThan(100 * Math.LN10);
    expect(row.steps).toBeLessThan(100);
    // dt/dτ = 1 + eᵐ with m → τ less a constant: log t follows τ.
    const later = follow({ tokens: 8, until: { clock: 1300 } });
    expect(Math.abs(later.row.logTime - row.logTime - 1000)).toBeLessThan(1);
  });

  it("takes fixed steps too, whose error goes as their power", () => {
    const at = (step: number, kind: string) => follow({ tokens: 4, until: { clock: 8 }, integrator: { kind, step } }, 1).vectors.weights;
    for (const [kind, order] of [
      ["euler", 1],
      ["heun", 2],
      ["rk4", 4],
    ] as const) {
      expect(isAdaptive(parseEnsemble({ tokens: 4, integrator: kind }).integrator)).toBe(false);
      const exact = at(0.002, "rk4");
      const ratio = weightError(at(0.2, kind), exact) / weightError(at(0.1, kind), exact);
      expect(ratio / 2 ** order).toBeGreaterThan(0.7);
      expect(ratio / 2 ** order).toBeLessThan(1.5);
    }
  });
});

describe("log ∫ e^f over four intervals", () => {
  // f to which the rule is exact or nearly so; ∫ by Simpson's rule over 10⁴ places.
  const exact = (f: (x: number) => number) => {
    const places = 10_000;
    const h = 4 / places;
    let sum = 0;
    for (let i = 0; i <= places; i++) sum += Math.exp(f(i * h)) * (i === 0 || i === places ? 1 : i % 2 === 1 ? 4 : 2);
    return Math.log((sum * h) / 3);
  };
  it.each([
    ["a constant", () => 2, 1e-12],
    ["a slope", (x: number) => 5 - 3 * x, 1e-9],
    ["hardly a slope", (x: number) => 1e-3 * x, 1e-12],
    ["a bend", (x: number) => x + 0.02 * x * x, 1e-4],
    ["a steep bend", (x: number) => -4 * x + 0.05 * x * x, 1e-3],
  ] as const)("of %s", (_, f, tolerance) => {
    const places = [0, 1, 2, 3, 4].map(f as (x: number) => number);
    expect(Math.abs(logIntegral(places) - exact(f as (x: number) => number))).toBeLessThan(tolerance);
  });
  it("where e^f is no number", () => {
    const f = [0, 1000, 2000, 3000, 4000];
    expect(logIntegral(f)).toBeCloseTo(4000 - Math.log(1000), 6);
  });
});
