import { describe, expect, it } from "vitest";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { fallingLosses, losses } from "../../src/model/losses.ts";
import { normalizerRow, normalizers } from "../../src/model/normalizers.ts";
import { normal, threefry } from "../../src/model/random.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { Field } from "../../src/reference/field.ts";
import { dot } from "../../src/reference/linear.ts";
import { gradientNorms } from "../../src/reference/observables.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import type { State } from "../../src/reference/state.ts";

const n = 4;
const combinations = Object.keys(losses).flatMap((loss) => Object.keys(normalizers).map((normalizer) => ({ loss, normalizer })));
// Only the field is tested. The step is fixed because the tied model takes l1 with fixed steps alone.
const tied = (specification: object) =>
  parseEnsemble({ model: "tied", tokens: n, integrator: "euler", until: { steps: 1 }, ...specification });
const random = (seed: number, length: number) => Float64Array.from({ length }, (_, i) => normal(threefry([seed, 9], [i, 0])[0]));

/** A state far from symmetric: U = 1 + ½N, a = 1 + N/2, with positive logits where a normalizer divides by them. */
function stateOf(ensemble: Ensemble, seed: number): State {
  const values = random(seed, n * n).map((x, at) => (at % (n + 1) === 0 ? 1 : 0) + x / 2);
  return { ...drawStart(ensemble, seed), values, logits: random(500 + seed, n).map((x) => 1 + x / 2) };
}

/** The loss that is minimized, written out a second time: L(U σ(U a)). */
function lossAt(ensemble: Ensemble, state: State, logits: Float64Array, values: Float64Array): number {
  const field = new Field(ensemble, state);
  const times = (x: ArrayLike<number>) =>
    Float64Array.from({ length: n }, (_, i) => dot(values.slice(i * n, i * n + n), Float64Array.from(x)));
  const weights = new Float64Array(n);
  field.normalizer.forward(times(logits), ensemble.normalizer, weights);
  return field.lossOf(times(weights));
}

const slopesAt = (ensemble: Ensemble, state: State) => {
  const here = new Field(ensemble, state).at(state);
  const slope = { logits: new Float64Array(n), values: new Float64Array(n * n) };
  here.slopes(slope);
  return { here, slope };
};
const shifted = (x: Float64Array, i: number, by: number) => x.map((value, j) => (j === i ? value + by : value));
// As in gradients.test.ts; L and its third derivatives are up to some 100 here, and more near the poles of sum, l2 and relu.
const h = 1e-5;
const tolerance = 1e-7;

describe.each(combinations)("the tied model, $loss, $normalizer", ({ loss, normalizer }) => {
  const ensemble = tied({ loss, normalizer });
  const starts = Array.from({ length: 30 }, (_, seed) => stateOf(ensemble, seed)).filter((state) => {
    const { logits } = new Field(ensemble, state).at(state);
    // Within h of a kink there is no derivative, and near a pole of the normalizer none that differences can find.
    const far = Math.abs(normalizerRow(ensemble.normalizer).denominator?.([...logits]) ?? 2) > 1;
    return far && logits.every((z) => Math.abs(z) > 0.01);
  });

  it("moves down the gradient that central differences give", () => {
    expect(starts.length).toBeGreaterThan(10);
    for (const state of starts.slice(0, 10)) {
      const { logits, values } = state;
      const { slope } = slopesAt(ensemble, state);
      const scale = Math.max(1, ...slope.values.map(Math.abs), ...slope.logits.map(Math.abs));
      for (let i = 0; i < n; i++) {
        const [up, down] = [h, -h].map((by) => lossAt(ensemble, state, shifted(logits, i, by), values)) as [number, number];
        expect(Math.abs((slope.logits[i] as number) + (up - down) / (2 * h))).toBeLessThan(tolerance * scale);
      }
      for (let at = 0; at < n * n; at++) {
        const [up, down] = [h, -h].map((by) => lossAt(ensemble, state, logits, shifted(values, at, by))) as [number, number];
        expect(Math.abs((slope.values[at] as number) + (up - down) / (2 * h)), `U ${at}`).toBeLessThan(tolerance * scale);
      }
    }
  });

  it("keeps ½(‖U‖² − ‖a‖²)' = −y·∇L, since scaling both by inverse factors leaves z", () => {
    for (const state of starts) {
      const { here, slope } = slopesAt(ensemble, state);
      const change = dot(state.values, slope.values) - dot(state.logits, slope.logits);
      const size = 1 + Math.sqrt(dot(slope.values, slope.values)) + Math.sqrt(dot(slope.logits, slope.logits));
      expect(Math.abs(change + dot(here.output, here.gradient))).toBeLessThan(1e-13 * size * n * n);
    }
  });

  it("reports the gradient's norms: of all of U's entries, and of a's", () => {
    for (const state of starts) {
      const { here, slope } = slopesAt(ensemble, state);
      const norms = gradientNorms(here);
      expect(norms[0]).toBeCloseTo(Math.hypot(...slope.values), 10);
      expect(norms[1]).toBeCloseTo(Math.hypot(...slope.logits), 10);
    }
  });
});

describe("runs of the tied model", () => {
  const ensemble = parseEnsemble({ model: "tied", tokens: 5, target: "gaussian", until: { time: 100 }, record: { trajectories: 1 } });
  const follow = (of: Ensemble, run = 0) => {
    const state = drawStart(of, run);
    return { state, outcome: simulate(of, state, { trajectory: true }) };
  };
  const logitsOf = ({ logits, values }: State) =>
    Array.from(logits, (_, i) => dot(values.slice(i * logits.length, (i + 1) * logits.length), logits));

  it("report z = U a for the logits, at the start and at the end, and rank by it", () => {
    // U a permutation: the largest a_i is not the largest z_i.
    const matrix = [
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ];
    const swapped = parseEnsemble({
      model: "tied",
      tokens: 3,
      values: { kind: "given", matrix },
      logits: { kind: "given", vector: [3, 1, 2] },
      until: { time: 1 },
    });
    const { state, outcome } = follow(swapped);
    expect([...outcome.vectors.initialLogits]).toEqual([2, 3, 1]);
    expect(outcome.row.byLogit).toBe(1);
    expect([...outcome.vectors.logits]).toEqual(logitsOf(state));
    // By dense output, which rounds otherwise.
    logitsOf(state).forEach((z, i) => {
      expect(outcome.recorded.at(-1)?.logits[i]).toBeCloseTo(z, 13);
    });
    const [first = 0, second = 0] = logitsOf(state).sort((x, y) => y - x);
    expect(outcome.row).toMatchObject({ logitGap: first - second, largestLogit: Math.max(...logitsOf(state).map(Math.abs)) });
  });

  it("report norms of columns, and alignments −Uᵀg", () => {
    const { state, outcome } = follow(ensemble);
    const column = (i: number) => Float64Array.from({ length: 5 }, (_, k) => state.values[k * 5 + i] as number);
    const { gradient } = new Field(ensemble, state).at(state);
    for (let i = 0; i < 5; i++) {
      expect(outcome.recorded.at(-1)?.valueNorms[i]).toBeCloseTo(Math.sqrt(dot(column(i), column(i))), 12);
      expect(outcome.vectors.alignments[i]).toBeCloseTo(-dot(column(i), gradient), 14);
    }
    expect(outcome.row.sinkNorm).toBeCloseTo(outcome.recorded.at(-1)?.valueNorms[outcome.row.sink] as number, 12);
  });

  it("leave what is frozen as it was", () => {
    for (const train of ["values", "logits"] as const) {
      const frozen = { ...ensemble, train };
      const [start, { state }] = [drawStart(frozen, 0), follow(frozen)];
      expect([...state.logits].join() === [...start.logits].join()).toBe(train === "values");
      expect([...state.values].join() === [...start.values].join()).toBe(train === "logits");
    }
  });

  it("are permuted throughout by a permutation of both axes of U", () => {
    const order = [3, 0, 4, 1, 2];
    const start = drawStart({ ...ensemble, values: { kind: "gaussian", scale: 0.5 } }, 1);
    const from = (i: number) => order[i] as number;
    const other: State = {
      logits: start.logits.map((_, i) => start.logits[from(i)] as number),
      values: start.values.map((_, at) => start.values[from(Math.floor(at / 5)) * 5 + from(at % 5)] as number),
      target: start.target.map((_, k) => start.target[from(k)] as number),
    };
    const [a, b] = [simulate(ensemble, start), simulate(ensemble, other)];
    expect(from(b.row.sink)).toBe(a.row.sink);
    for (const [to, i] of order.entries()) {
      // Sums round in another order.
      expect(b.vectors.weights[to]).toBeCloseTo(a.vectors.weights[i] as number, 10);
      expect(b.vectors.logits[to]).toBeCloseTo(a.vectors.logits[i] as number, 9);
    }
  });

  it("go through the same states by the margin's clock, for every loss of the margin", () => {
    const integrator = { kind: "tsit5", rtol: 1e-8, atol: 1e-10 };
    const clock = fallingLosses.map((loss) => follow(parseEnsemble({ model: "tied", tokens: 5, loss, integrator, until: { clock: 5 } })));
    for (const [i, { outcome }] of clock.entries()) {
      const loss = fallingLosses[i];
      const { vectors } = follow(
        parseEnsemble({ model: "tied", tokens: 5, loss, integrator, until: { time: Math.exp(outcome.row.logTime) } }),
      ).outcome;
      for (const [j, p] of vectors.weights.entries()) expect(Math.abs(p - (outcome.vectors.weights[j] as number))).toBeLessThan(1e-5);
      expect(outcome.vectors.weights).toEqual(clock[0]?.outcome.vectors.weights);
    }
    // ½(‖U‖² − ‖a‖²)' = β·y in this clock, whose integral along the run Simpson's rule finds.
    const times = { from: 5e-3, to: 5, count: 1000 };
    const even = parseEnsemble({
      model: "tied",
      tokens: 5,
      integrator: { kind: "rk4", step: 5e-3 },
      until: { clock: 5 },
      record: { trajectories: 1, times },
    });
    const steps = Array.from({ length: 1001 }, (_, j) => j);
    const { record: _, ...rest } = even;
    const { state, outcome } = follow({ ...rest, record: { trajectories: 1, vectors: false, steps } } as Ensemble);
    const margins = outcome.recorded.map(({ loss }) => -Math.log(Math.expm1(loss)));
    const integral = margins.reduce((sum, m, j) => sum + m * (j === 0 || j === 1000 ? 1 : j % 2 === 1 ? 4 : 2), 0) * (5e-3 / 3);
    const start = drawStart(even, 0);
    const balance = (s: State) => (dot(s.values, s.values) - dot(s.logits, s.logits)) / 2;
    expect(Math.abs(balance(state) - balance(start) - integral)).toBeLessThan(1e-8);
  });

  it("have a loss that falls as fast as the gradient's norm says", () => {
    const { recorded } = follow(
      parseEnsemble({
        ...ensemble,
        integrator: { kind: "rk4", step: 1e-3 },
        until: { steps: 400 },
        record: { trajectories: 1, steps: [199, 200, 201] },
      } as never),
    ).outcome;
    const [before, here, after] = recorded as [(typeof recorded)[0], (typeof recorded)[0], (typeof recorded)[0]];
    const rate = (after.loss - before.loss) / 2e-3;
    expect(rate).toBeCloseTo(-(here.gradientNorms[0] ** 2 + here.gradientNorms[1] ** 2), 5);
    expect(rate).toBeLessThan(-0.01);
  });

  it("find within steps when the weights of z, not of a, pass the threshold", () => {
    // U = diag(3, 1, 1): a_i lead by little, z_i by much.
    const start = {
      values: {
        kind: "given",
        matrix: [
          [3, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      },
      logits: { kind: "given", vector: [1, 1.2, 1] },
    };
    const at = (integrator: object) =>
      follow(
        parseEnsemble({
          model: "tied",
          tokens: 3,
          ...start,
          target: { kind: "given", vector: [1, 0, 0] },
          polarizedAt: 0.95,
          integrator,
          until: { time: 10 },
        }),
      );
    const [coarse, fine] = [at({ kind: "tsit5", rtol: 1e-4 }), at({ kind: "rk4", step: 1e-3 })].map(
      ({ outcome }) => outcome.row.polarizationTime,
    ) as [number, number];
    expect(fine).toBeGreaterThan(0.1);
    expect(Math.abs(coarse / fine - 1)).toBeLessThan(1e-3);
  });

  it("reach t = 10⁶ in some 30 steps by default, with a sink", () => {
    for (let run = 0; run < 10; run++) {
      const { row } = follow(parseEnsemble({ model: "tied", tokens: 8 }), run).outcome;
      expect(row.status).toBe(statuses.completed);
      expect(row.steps).toBeLessThan(40);
      expect(row.sinkShare).toBeGreaterThan(0.9);
    }
  });
});
