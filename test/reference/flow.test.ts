import { describe, expect, it } from "vitest";
import { none } from "../../src/model/columns.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { adaptiveKinds, integrators, type Tableau } from "../../src/model/integrators.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { type Evaluation, Field } from "../../src/reference/field.ts";
import { leader, modes, shares, sinkOf } from "../../src/reference/observables.ts";
import { RungeKutta } from "../../src/reference/rungeKutta.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { assign, type State } from "../../src/reference/state.ts";

const follow = (ensemble: Ensemble, run = 0) => {
  const state = drawStart(ensemble, run);
  return { outcome: simulate(ensemble, state), state };
};
const sum = (x: Float64Array) => x.reduce((total, value) => total + value, 0);

describe("integrators", () => {
  /** Takes equal steps of any method, adaptive or not. Returns the state at the part `theta` of the last one, and at its end. */
  const solve = (kind: string, length: number, steps: number, theta = 1): { state: State; end: State } => {
    const ensemble = parseEnsemble({ tokens: 4, values: { kind: "gaussian", scale: 1 }, loss: "square", integrator: kind });
    const state = drawStart(ensemble, 0);
    const field = new Field(ensemble, state);
    const stepper = new RungeKutta(field);
    for (let i = 1; ; i++) {
      const step = stepper.try(field.at(state), length);
      assign(state, step.end);
      if (i < steps) continue;
      const inside = drawStart(ensemble, 0);
      step.at(theta, inside);
      return { state: inside, end: state };
    }
  };
  const distance = (x: State, y: State) =>
    Math.hypot(...x.logits.map((a, i) => a - (y.logits[i] as number)), ...x.values.map((v, i) => v - (y.values[i] as number)));
  const near = 0.25; // the next term of an error is O(h) relative to the first

  it.each(Object.entries(integrators))("%s converges with its order", (kind, { order }) => {
    const exact = solve("tsit5", 1 / 512, 1024).state;
    const error = (steps: number) => distance(solve(kind, 2 / steps, steps).state, exact);
    const measured = Math.log2(error(32) / error(64));
    expect(measured).toBeGreaterThan(order - near);
    expect(measured).toBeLessThan(order + 1); // tsit5's terms of order 5 are so small that those of order 6 still show
  });
  it.each(adaptiveKinds)("the last stage of %s is the slope at the end of the step, from which the kernel goes on", (kind) => {
    const { stages, weights } = integrators[kind] as Tableau;
    expect(weights.map((_, j) => stages.at(-1)?.[j] ?? 0)).toEqual([...weights]);
  });
  it.each(Object.entries(integrators))("the dense output of %s has its order everywhere in a step", (kind, { denseOrder }) => {
    for (const theta of [1 / 8, 3 / 8, 5 / 8, 7 / 8]) {
      const error = (h: number) => distance(solve(kind, h, 1, theta).state, solve("rk4", (theta * h) / 64, 64).state);
      expect(Math.abs(Math.log2(error(1 / 8) / error(1 / 16)) - denseOrder - 1)).toBeLessThan(near);
    }
  });
  it.each(Object.entries(integrators))("the dense output of %s ends where the step does", (kind) => {
    const { state, end } = solve(kind, 0.5, 1);
    // Two sums of the same terms, of at most a hundred times their result.
    expect(distance(state, end)).toBeLessThan(1e-13);
  });
  it.each(adaptiveKinds)("the error that %s estimates goes with one order more than its embedded method's", (kind) => {
    const { errorOrder = 0 } = integrators[kind] as Tableau;
    const ensemble = parseEnsemble({ tokens: 4, values: { kind: "gaussian", scale: 1 }, loss: "square", integrator: kind });
    const state = drawStart(ensemble, 0);
    const field = new Field(ensemble, state);
    const estimate = (h: number) => new RungeKutta(field).try(field.at(state), h).error;
    expect(Math.abs(Math.log2(estimate(1 / 8) / estimate(1 / 16)) - errorOrder - 1)).toBeLessThan(near);
  });
});

describe("an evaluation", () => {
  it.each([
    { model: "value-softmax", until: { clock: 1 } },
    { model: "tied", integrator: "euler" },
  ])("stays what it is when its state changes and the field is evaluated elsewhere: $model", (specification) => {
    const ensemble = parseEnsemble({ tokens: 4, ...specification });
    const state = drawStart(ensemble, 0);
    const field = new Field(ensemble, state);
    const told = (here: Evaluation) => {
      const slope = { logits: new Float64Array(4), values: new Float64Array(16) };
      here.slopes(slope);
      return { state: here.state, gradients: here.gradients(), slope, loss: here.loss(), alignments: here.alignments() };
    };
    const [here, expected] = [field.at(state), told(field.at(drawStart(ensemble, 0)))];
    assign(state, drawStart(ensemble, 1));
    expect(told(field.at(state))).not.toEqual(expected);
    expect(told(here)).toEqual(expected);
  });
});

describe("invariants of the flow", () => {
  it.each(["logistic", "square"])("Σp = 1 and Σa is conserved under softmax, %s loss", (loss) => {
    // Every Runge-Kutta stage moves Σa by −Σ p_i(c_i − p·c) = 0 but for rounding.
    const ensemble = parseEnsemble({ tokens: 6, loss, integrator: { kind: "heun", step: 0.5 }, until: { steps: 2000 } });
    const before = sum(drawStart(ensemble, 3).logits);
    const { outcome, state } = follow(ensemble, 3);
    expect(sum(outcome.vectors.weights)).toBeCloseTo(1, 13);
    expect(sum(state.logits)).toBeCloseTo(before, 11);
  });

  it.each(["softmax", "sigmoid", "linear"])("the loss never rises along the flow, %s", (normalizer) => {
    const steps = Array.from({ length: 200 }, (_, i) => i * 5);
    const ensemble = parseEnsemble({
      tokens: 5,
      normalizer,
      loss: "square",
      integrator: { kind: "rk4", step: 0.02 },
      until: { steps: 1000 },
      runs: 1,
      record: { trajectories: 1, steps },
    });
    const { recorded } = simulate(ensemble, drawStart(ensemble, 0), { trajectory: true });
    for (let i = 1; i < recorded.length; i++) expect(recorded[i]?.loss).toBeLessThanOrEqual((recorded[i - 1]?.loss as number) + 1e-15);
  });

  it("permuting the tokens of the start permutes everything", () => {
    const ensemble = parseEnsemble({ tokens: 5, until: { steps: 500 }, integrator: { kind: "euler", step: 1 } });
    const order = [3, 0, 4, 1, 2];
    const start = drawStart(ensemble, 7);
    const permuted = {
      ...start,
      logits: start.logits.map((_, i) => start.logits[order[i] as number] as number),
      values: start.values.map((_, at) => start.values[at - (at % 5) + (order[at % 5] as number)] as number),
    };
    const [one, other] = [simulate(ensemble, start), simulate(ensemble, permuted)];
    expect(order[other.row.sink]).toBe(one.row.sink);
    // Sums over tokens round in another order; 500 steps amplify 1e-16 little.
    order.forEach((from, to) => {
      expect(other.vectors.weights[to]).toBeCloseTo(one.vectors.weights[from] as number, 12);
    });
  });

  it("what is frozen stays as it was", () => {
    for (const train of ["values", "logits"] as const) {
      const ensemble = parseEnsemble({ tokens: 4, train, integrator: "euler", until: { steps: 50 } });
      const [start, { state }] = [drawStart(ensemble, 0), follow(ensemble)];
      expect([...state.logits].join() === [...start.logits].join()).toBe(train === "values");
      expect([...state.values].join() === [...start.values].join()).toBe(train === "logits");
    }
  });

  it("from zero logits under a margin loss the best aligned token always wins", () => {
    const ensemble = parseEnsemble({ tokens: 6, logits: "zero", integrator: { kind: "euler", step: 1 }, until: { steps: 10_000 } });
    for (let run = 0; run < 20; run++) {
      const { row } = follow(ensemble, run).outcome;
      expect(row.sink).toBe(row.byAlignment);
    }
  });
});

describe("what decides the sink", () => {
  it("is the mode that grows near equal weights: its largest token wins where it leads clearly, whatever the temperature", () => {
    // The lead that is asked for is of the order of the largest δp²n, which the linear growth leaves out.
    for (const temperature of [0.5, 1, 2]) {
      const ensemble = parseEnsemble({ tokens: 8, normalizer: { kind: "softmax", temperature }, until: { time: 1e4 } });
      let [clear, byLogit] = [0, 0];
      for (let run = 0; run < 60; run++) {
        const start = drawStart(ensemble, run);
        const { row } = follow(ensemble, run).outcome;
        const [first = 0, second = 0] = modes(start.logits, start.values, start.target).sort().reverse();
        if (first - second < 0.05) continue;
        clear++;
        expect(row.sink).toBe(row.byMode);
        if (row.sink === row.byLogit) byLogit++;
      }
      expect(clear).toBeGreaterThan(20);
      expect(byLogit).toBeLessThan(0.8 * clear); // the largest logit is right in about half of the runs
    }
  });

  it("is named only with softmax, a loss of the margin and one matrix for values", () => {
    const mode = (specification: object) => follow(parseEnsemble({ tokens: 4, until: { time: 1 }, ...specification })).outcome.row.byMode;
    expect(mode({})).toBeLessThan(4);
    for (const specification of [{ normalizer: "linear" }, { loss: "square" }, { model: "tied" }]) expect(mode(specification)).toBe(none);
    expect(mode({ logits: "zero", values: "zero" })).toBe(none); // all are tied
  });
});

describe("how a run ends", () => {
  const status = (specification: object) => follow(parseEnsemble({ tokens: 4, ...specification })).outcome.row;

  it("completed, after all its steps", () => {
    expect(status({ integrator: "euler", until: { steps: 10 } })).toMatchObject({ status: statuses.completed, steps: 10 });
  });
  it("diverged, when too large a step makes it grow", () => {
    const row = status({ normalizer: "linear", loss: "square", integrator: { kind: "euler", step: 3 } });
    expect(row.status).toBe(statuses.diverged);
    expect(row.steps).toBeLessThan(100);
  });
  it("non-finite, when it leaps beyond all numbers within one step", () => {
    // Each stage of rk4 about cubes what the one before made: 1e9 overflows float64 before the step is done.
    const row = status({
      normalizer: "linear",
      loss: "square",
      values: { kind: "gaussian", scale: 1e6 },
      logits: { kind: "offset", mean: 1000 },
      integrator: { kind: "rk4", step: 1e6 },
    });
    expect(row).toMatchObject({ status: statuses["non-finite"], steps: 1 });
  });
  it("stalled, where one more step changes nothing", () => {
    expect(
      status({ integrator: "euler", until: { steps: 9 }, logits: "zero", values: "zero", target: { kind: "given", vector: [0, 0, 0, 0] } })
        .status,
    ).toBe(statuses.stalled);
  });
});

describe("observables", () => {
  it("lock-in is in the step of the last change of the lead, and 0 where it never changed", () => {
    const steps = Array.from({ length: 301 }, (_, i) => i);
    const ensemble = parseEnsemble({
      tokens: 8,
      integrator: { kind: "euler", step: 1 },
      until: { steps: 300 },
      runs: 1,
      record: { trajectories: 1, steps },
    });
    let changed = 0;
    for (let run = 0; run < 10; run++) {
      const { row, recorded } = simulate(ensemble, drawStart(ensemble, run), { trajectory: true });
      const leads = recorded.map(({ weights }) => leader(weights));
      expect(Math.ceil(row.lockInTime)).toBe(
        Math.max(
          0,
          leads.findLastIndex((lead, i) => i > 0 && lead !== leads[i - 1]),
        ),
      );
      changed += row.lockInTime > 0 ? 1 : 0;
    }
    expect(changed).toBeGreaterThan(0);
  });
  it("a tie has no leader and no sink", () => {
    expect(leader(Float64Array.of(1, 2, 2), true)).toBe(none);
    expect(leader(Float64Array.of(1, 2, 2))).toBe(1);
    expect(sinkOf(Float64Array.of(0.5, 0.5))).toBe(none);
    expect(shares(Float64Array.of(0.5, 0.5))).toMatchObject({ sinkShare: 0.5, entropy: Math.LN2 });
  });
  it("entropy has no cancellation where one token has nearly all", () => {
    const epsilon = 1e-12;
    const { shortfall, entropy } = shares(Float64Array.of(1 - epsilon, epsilon));
    expect(shortfall / epsilon).toBeCloseTo(1, 12);
    expect(entropy / (epsilon * (1 - Math.log(epsilon)))).toBeCloseTo(1, 10);
  });
  it("all weights zero have no shares", () => {
    expect(sinkOf(new Float64Array(3))).toBe(none);
    expect(shares(new Float64Array(3)).sinkShare).toBeNaN();
  });
});
