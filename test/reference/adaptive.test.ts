import { describe, expect, it } from "vitest";
import { fine, shorter } from "../../scripts/shared/cases.ts";
import { canConverge, type Ensemble } from "../../src/model/ensemble.ts";
import { losses } from "../../src/model/losses.ts";
import { type NormalizerKind, normalizers } from "../../src/model/normalizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { dot } from "../../src/reference/linear.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import type { State } from "../../src/reference/state.ts";
import { endings } from "../support/endings.ts";

const follow = (ensemble: Ensemble, run = 0) => {
  const state = drawStart(ensemble, run);
  return { outcome: simulate(ensemble, state, { trajectory: true }), state };
};
const rtol = 1e-4; // the default
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const combinations = Object.keys(losses).flatMap((loss) => Object.keys(normalizers).map((normalizer) => ({ loss, normalizer })));

describe("adaptive steps", () => {
  it("take some 30 steps to t = 10⁶ under logistic loss, and reject hardly one", () => {
    const ensemble = parseEnsemble({ tokens: 8 });
    const rows = Array.from({ length: 32 }, (_, run) => follow(ensemble, run).outcome.row);
    const mean = (name: "steps" | "rejected") => rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
    expect(mean("steps")).toBeGreaterThan(25);
    expect(mean("steps")).toBeLessThan(35);
    expect(mean("rejected")).toBeLessThan(1);
    for (const row of rows) expect(row).toMatchObject({ status: statuses.completed, time: 1e6 });
  });

  it.each(combinations)("end near a solve at rtol 1e-10: $loss, $normalizer", ({ loss, normalizer }) => {
    const until = shorter[loss] ?? {};
    const errors = Array.from({ length: 7 }, (_, run) => {
      const ensemble = parseEnsemble({ tokens: 4, loss, normalizer, until });
      const [a, b] = [follow(ensemble, run).outcome.vectors.weights, follow(fine(ensemble), run).outcome.vectors.weights];
      return Math.max(...a.map((p, i) => Math.abs(p - (b[i] as number)))) / Math.max(1, ...b.map(Math.abs));
    });
    // The documented multiple (docs/accuracy.md); under `sum` more, near whose pole a state is amplified.
    expect(median(errors)).toBeLessThan((normalizer === "sum" ? 100 : 10) * rtol);
  });

  it.each(["tsit5", "bosh3"])("have an error that goes with the tolerance: %s", (kind) => {
    const error = (tolerance: number) => {
      const ensemble = parseEnsemble({ tokens: 4, until: { time: 100 }, integrator: { kind, rtol: tolerance, atol: tolerance / 100 } });
      return median(
        Array.from({ length: 11 }, (_, run) => {
          const [a, b] = [follow(ensemble, run).outcome.vectors.logits, follow(fine(ensemble), run).outcome.vectors.logits];
          return Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));
        }),
      );
    };
    // With a thousandth of the tolerance the error is smaller by a factor between 100 and 10,000.
    const ratio = error(1e-3) / error(1e-6);
    expect(ratio).toBeGreaterThan(100);
    expect(ratio).toBeLessThan(10_000);
  });

  it("find events inside steps: near those of a solve with a hundred times the steps", () => {
    const ensemble = parseEnsemble({ tokens: 8 });
    const relative = { polarizationTime: [] as number[], lockInTime: [] as number[] };
    for (let run = 0; run < 40; run++) {
      const [row, exact] = [follow(ensemble, run).outcome.row, follow(fine(ensemble), run).outcome.row];
      for (const name of ["polarizationTime", "lockInTime"] as const)
        if (exact[name] > 0) relative[name].push(Math.abs(row[name] / exact[name] - 1));
    }
    // Times go as the state's error over its rate of change relative to the time: logarithmic late, hence some 10 rtol.
    for (const values of Object.values(relative)) {
      expect(values.length).toBeGreaterThan(15);
      expect(median(values)).toBeLessThan(10 * rtol);
      expect(Math.max(...values)).toBeLessThan(100 * rtol);
    }
  });

  it("record by dense output, at no cost in steps", () => {
    const times = (count: number) => parseEnsemble({ tokens: 6, record: { trajectories: 1, times: { from: 0.5, to: 5e5, count } } });
    const [one, many] = [follow(times(2)), follow(times(500))];
    expect(many.outcome.row).toEqual(one.outcome.row);
    const exact = follow(fine(times(500))).outcome.recorded;
    const errors = many.outcome.recorded.map(({ weights }, i) =>
      Math.max(...weights.map((p, j) => Math.abs(p - (exact[i]?.weights[j] as number)))),
    );
    expect(errors).toHaveLength(500);
    expect(Math.max(...errors)).toBeLessThan(10 * rtol);
  });
});

describe("how an adaptive run ends", () => {
  it.each(Object.entries(endings))("%s", (status, { cpu }) => {
    const { row } = follow(parseEnsemble(cpu)).outcome;
    expect(Object.entries(statuses).find(([, code]) => code === row.status)?.[0]).toBe(status);
  });
  it("max-steps, after exactly so many", () => {
    expect(follow(parseEnsemble({ tokens: 4, until: { maxSteps: 5 } })).outcome.row).toMatchObject({
      steps: 5,
      status: statuses["max-steps"],
    });
  });
  it.each(combinations.filter(({ loss, normalizer }) => loss === "square" || (loss === "regression" && normalizer !== "sum")))(
    "converged runs do not move on: $loss, $normalizer",
    ({ loss, normalizer }) => {
      let converged = 0;
      for (let run = 0; run < 5; run++) {
        const ensemble = parseEnsemble({ tokens: 4, loss, normalizer });
        const { row, vectors } = follow(ensemble, run).outcome;
        if (row.status !== statuses.converged) continue;
        converged++;
        // With finer tolerances: at the same ones, errors add up over thousands of steps whose length is limited by stability alone.
        const integrator = { kind: "tsit5", rtol: 1e-7, atol: 1e-9 } as const;
        const on = follow({ ...ensemble, integrator, until: { time: 1e3, maxSteps: 100_000, converge: false } }, run).outcome;
        const moved = Math.max(...vectors.weights.map((p, i) => Math.abs(p - (on.vectors.weights[i] as number))));
        // The error of the method itself: the rule for convergence cannot see less.
        expect(moved).toBeLessThan(10 * rtol);
      }
      expect(converged).toBeGreaterThanOrEqual(loss === "square" ? 5 : 1);
    },
  );
  it.each(combinations.filter(({ loss }) => loss !== "square" && loss !== "regression"))(
    "runs under other losses reach the default end, or come to rest before it: $loss, $normalizer",
    ({ loss, normalizer }) => {
      const ensemble = parseEnsemble({ tokens: 4, loss, normalizer });
      const ends: number[] = [statuses.completed, ...(canConverge(ensemble) ? [statuses.converged] : [])];
      for (let run = 0; run < 5; run++) expect(ends).toContain(follow(ensemble, run).outcome.row.status);
    },
  );
  it("a logit that crosses 0 under l1 stays there", () => {
    let stuck = 0;
    for (let run = 0; run < 10; run++) {
      const { outcome } = follow(parseEnsemble({ tokens: 6, normalizer: "l1" }), run);
      stuck += outcome.vectors.logits.filter((a) => a === 0).length;
      for (const { logits } of outcome.recorded)
        for (const [i, a] of logits.entries()) expect(a * (outcome.vectors.logits[i] as number)).toBeGreaterThanOrEqual(0);
      const stuckAt = new Map<number, number>();
      for (const [j, { logits }] of outcome.recorded.entries())
        for (const [i, a] of logits.entries()) {
          if (stuckAt.has(i)) expect(a, `logit ${i} stuck at ${stuckAt.get(i)}, at ${j}`).toBe(0);
          else if (a === 0) stuckAt.set(i, j);
        }
    }
    expect(stuck).toBeGreaterThan(20);
  });
});

describe("along an adaptive flow", () => {
  const start = (ensemble: Ensemble, run: number): State => drawStart(ensemble, run);

  it.each(["softmax", "sparsemax"])("Σa is conserved to rounding: %s", (normalizer) => {
    const ensemble = parseEnsemble({ tokens: 6, normalizer });
    const { state } = follow(ensemble, 3);
    const sum = (x: Float64Array) => x.reduce((total, value) => total + value, 0);
    // Every stage moves Σa by 0 but for rounding; 40 steps of 7 stages of logits up to 10.
    expect(Math.abs(sum(state.logits) - sum(start(ensemble, 3).logits))).toBeLessThan(40 * 7 * 6 * 10 * 2 ** -53);
  });

  const conserved: Partial<Record<NormalizerKind, (state: State, i: number, j: number, n: number) => number>> = {
    sum: ({ logits }) => dot(logits, logits),
    l2: ({ logits }) => dot(logits, logits),
    relu: ({ logits }) => logits.reduce((total, a) => total + Math.max(a, 0) ** 2, 0),
    linear: ({ logits, values }, i, j, n) => column(values, i, j, n) - (logits[i] as number) * (logits[j] as number),
    sigmoid: ({ logits, values }, i, _, n) => column(values, i, i, n) / 2 - (logits[i] as number) - Math.exp(logits[i] as number),
  };
  const column = (values: Float64Array, i: number, j: number, n: number) =>
    Array.from({ length: values.length / n }, (_, k) => (values[k * n + i] as number) * (values[k * n + j] as number)).reduce(
      (a, b) => a + b,
      0,
    );

  it.each(Object.entries(conserved))("what %s conserves stays within the tolerance", (normalizer, quantity) => {
    for (const loss of ["logistic", "square"]) {
      const ensemble = parseEnsemble({ tokens: 4, loss, normalizer });
      const [before, { state }] = [start(ensemble, 1), follow(ensemble, 1)];
      // Under relu a logit leaves the sum where it reaches 0, by a step's error.
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 4; j++) {
          const [from, to] = [quantity(before, i, j, 4), quantity(state, i, j, 4)];
          const size = Math.max(1, dot(state.values, state.values), dot(state.logits, state.logits));
          expect(Math.abs(to - from)).toBeLessThan(10 * rtol * size);
        }
    }
  });

  it.each(combinations)("the loss never rises beyond the tolerance: $loss, $normalizer", ({ loss, normalizer }) => {
    const until = shorter[loss] ?? {};
    const ensemble = parseEnsemble({ tokens: 4, loss, normalizer, until, record: { trajectories: 1 } });
    const { recorded } = follow(ensemble, 2).outcome;
    // An error of 10 rtol in the output moves a margin loss by so much of itself, and others by the root of themselves times it.
    const slack = (L: number) => 10 * rtol * (loss === "logistic" || loss === "exponential" ? L : Math.sqrt(L) + 10 * rtol);
    for (const [i, { loss: after }] of recorded.entries()) {
      const before = recorded[Math.max(0, i - 1)]?.loss as number;
      expect(after).toBeLessThanOrEqual(before + slack(before));
    }
  });

  it("a permutation of the tokens of the start permutes everything", () => {
    const ensemble = parseEnsemble({ tokens: 5 });
    const order = [3, 0, 4, 1, 2];
    const [one, other] = [start(ensemble, 7), start(ensemble, 7)];
    other.logits = one.logits.map((_, i) => one.logits[order[i] as number] as number);
    other.values = one.values.map((_, at) => one.values[at - (at % 5) + (order[at % 5] as number)] as number);
    const [a, b] = [simulate(ensemble, one), simulate(ensemble, other)];
    expect(order[b.row.sink]).toBe(a.row.sink);
    expect(b.row.steps).toBe(a.row.steps);
    order.forEach((from, to) => {
      expect(b.vectors.weights[to]).toBeCloseTo(a.vectors.weights[from] as number, 10); // sums over tokens round in another order
    });
  });

  it.each(["logistic", "exponential", "square"])("a rotation of values and β changes no weight: %s", (loss) => {
    const ensemble = parseEnsemble({
      tokens: 4,
      dim: 3,
      loss,
      integrator: { kind: "tsit5", rtol: 1e-8, atol: 1e-10 },
      until: { time: 100 },
    });
    const [one, other] = [start(ensemble, 2), start(ensemble, 2)];
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    // In the plane of the first two components, then of the last two.
    const rotate = (x: (k: number) => number) => {
      const [x0, x1, x2] = [c * x(0) - s * x(1), s * x(0) + c * x(1), x(2)];
      return [x0, c * x1 - s * x2, s * x1 + c * x2];
    };
    other.target = Float64Array.from(rotate((k) => one.target[k] as number));
    for (let i = 0; i < 4; i++)
      rotate((k) => one.values[k * 4 + i] as number).forEach((x, k) => {
        other.values[k * 4 + i] = x;
      });
    const [a, b] = [simulate(ensemble, one), simulate(ensemble, other)];
    // The error norm is not rotation-invariant, so steps differ: equal to the tolerance.
    for (const [i, p] of a.vectors.weights.entries()) expect(Math.abs(p - (b.vectors.weights[i] as number))).toBeLessThan(10 * 1e-8);
    expect(Math.abs(a.row.loss - b.row.loss)).toBeLessThan(10 * 1e-8);
  });

  it("logistic and exponential loss pass through the same states at equal margin, and choose the same sink", () => {
    const precise = { kind: "tsit5", rtol: 1e-9, atol: 1e-11 };
    const points = ["logistic", "exponential"].map((loss) =>
      parseEnsemble({ tokens: 6, loss, integrator: precise, record: { trajectories: 1, times: { from: 0.1, to: 1e5, count: 1000 } } }),
    ) as [Ensemble, Ensemble];
    let decided = 0;
    let compared = 0;
    for (let run = 0; run < 12; run++) {
      const [a, b] = points.map((ensemble) => follow(ensemble, run).outcome) as [ReturnType<typeof simulate>, ReturnType<typeof simulate>];
      // −ℓ' tells the margin from the loss: m = −log(e^L − 1) for logistic, −log L for exponential.
      const byMargin = (recorded: typeof a.recorded, m: (loss: number) => number) => recorded.map((entry) => ({ m: m(entry.loss), entry }));
      const first = byMargin(a.recorded, (loss) => -Math.log(Math.expm1(loss)));
      const second = byMargin(b.recorded, (loss) => -Math.log(loss));
      for (const at of [100, 400, 800]) {
        const { m, entry } = first[at] as (typeof first)[number];
        const after = second.findIndex((other) => other.m >= m);
        if (after < 1) continue;
        compared++;
        const [low, high] = [second[after - 1], second[after]] as [(typeof second)[number], (typeof second)[number]];
        const share = (m - low.m) / (high.m - low.m);
        entry.logits.forEach((x, i) => {
          const between = (1 - share) * (low.entry.logits[i] as number) + share * (high.entry.logits[i] as number);
          // Between records 1.4 % of the time apart, linearly: second differences of logits, which move by order 1 a decade.
          expect(Math.abs(x - between)).toBeLessThan(1e-4);
        });
      }
      const shares = [...a.vectors.weights].sort((x, y) => y - x) as [number, number];
      if (shares[0] - shares[1] > 0.1) {
        decided++;
        expect(b.row.sink).toBe(a.row.sink);
      }
    }
    expect(decided).toBeGreaterThan(9);
    expect(compared).toBeGreaterThan(24);
  });

  it("from zero logits under a margin loss the best aligned token always wins", () => {
    for (const loss of ["logistic", "exponential"])
      for (let run = 0; run < 50; run++) {
        const { row } = follow(parseEnsemble({ tokens: 6, loss, logits: "zero" }), run).outcome;
        expect(row.sink).toBe(row.byAlignment);
      }
  });
});
