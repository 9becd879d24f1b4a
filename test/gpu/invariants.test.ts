import { describe, expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { type VectorName, vectorNames } from "../../src/model/columns.ts";
import type { RunBatch } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { statuses } from "../../src/model/status.ts";
import { drawStart } from "../../src/reference/start.ts";
import { webgpu } from "../support/engine.ts";

const runs = 2000;
const tokens = 8;

/** Runs an ensemble on the device. Returns its vectors too, as one list for each run. */
async function follow(specification: object) {
  const ensemble = parseEnsemble({ tokens, runs, record: { vectors: true }, ...specification });
  const batches: RunBatch[] = [];
  const { rows } = await runWhole(await webgpu(), ensemble, { onBatch: (batch) => void batches.push(batch) });
  expect([...rows.status].every((status) => status === statuses.completed)).toBe(true);
  const all = batches[0]?.vectors as Float32Array;
  const vector = (name: VectorName, run: number) =>
    Array.from({ length: tokens }, (_, token) => all[(vectorNames.indexOf(name) * tokens + token) * ensemble.runs + run] as number);
  return { rows, vector };
}
const sum = (x: readonly number[]) => x.reduce((total, value) => total + value, 0);
/** The largest minus the second largest. */
const gap = (x: readonly number[]) => {
  const [first, second] = [...x].sort((a, b) => b - a) as [number, number];
  return first - second;
};

describe("in every run on the device", () => {
  it("Σp = 1 and Σa is conserved under softmax, to rounding", async () => {
    const { rows, vector } = await follow({});
    for (let run = 0; run < runs; run++) {
      expect(Math.abs(sum(vector("weights", run)) - 1)).toBeLessThan(2 * tokens * 2 ** -24);
      // A step changes Σa only by the rounding of each logit and of its change, which is at most some 10 times as large.
      const bound = (rows.steps[run] as number) * tokens * 10 * (rows.largestLogit[run] as number) * 2 ** -24;
      expect(Math.abs(sum(vector("logits", run)) - sum(vector("initialLogits", run)))).toBeLessThan(bound);
    }
  });

  it("logistic and exponential loss choose the same sink from the same start where it is decided", async () => {
    const [one, other] = [await follow({}), await follow({ loss: "exponential" })];
    let decided = 0;
    for (let run = 0; run < runs; run++) {
      expect(other.vector("initialLogits", run)).toEqual(one.vector("initialLogits", run));
      if (gap(one.vector("weights", run)) < 0.1) continue;
      decided++;
      expect(other.rows.sink[run]).toBe(one.rows.sink[run]);
    }
    expect(decided).toBeGreaterThan(0.9 * runs);
  });

  it("from zero logits under a margin loss the best aligned token wins", async () => {
    for (const loss of ["logistic", "exponential"]) {
      const { rows, vector } = await follow({ loss, logits: "zero" });
      let clear = 0;
      for (let run = 0; run < runs; run++) {
        // Alignments that differ by less than the rounding of their sums are ties.
        const alignments = vector("initialAlignments", run);
        if (gap(alignments) < 2 ** -20 * Math.max(...alignments.map(Math.abs))) continue;
        clear++;
        expect(rows.sink[run]).toBe(rows.byAlignment[run]);
      }
      expect(clear).toBeGreaterThan(0.99 * runs);
    }
  });

  it("a permutation of the tokens permutes everything, and a rotation of values and β changes no weight", async () => {
    const start = drawStart(parseEnsemble({ tokens }), 5);
    const order = [3, 0, 6, 4, 7, 1, 5, 2];
    const matrix = Array.from({ length: tokens }, (_, k) => [...start.values.slice(k * tokens, (k + 1) * tokens)]);
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const rotate = <T>(x: readonly T[], add: (a: T, b: T, c: number, s: number) => T): T[] => {
      const [x0, x1, ...rest] = x as [T, T, ...T[]];
      return [add(x0, x1, c, -s), add(x0, x1, s, c), ...rest];
    };
    const given = (logits: readonly number[], values: readonly number[][], target: readonly number[]) => ({
      runs: 1,
      logits: { kind: "given", vector: logits },
      values: { kind: "given", matrix: values },
      target: { kind: "given", vector: target },
    });
    const permute = <T>(x: readonly T[]) => order.map((from) => x[from] as T);
    const target = [...start.target];
    const weights = async (specification: object) => (await follow(specification)).vector("weights", 0);
    const as = await weights(given([...start.logits], matrix, target));
    const permuted = await weights(given(permute([...start.logits]), matrix.map(permute), target));
    const rotated = await weights(
      given(
        [...start.logits],
        rotate(matrix, (a, b, p, q) => a.map((x, i) => p * x + q * (b[i] as number))),
        rotate(target, (a, b, p, q) => p * a + q * b),
      ),
    );
    expect(gap(as)).toBeGreaterThan(0.1);
    // Steps differ: sums over tokens are rounded in another order, and the norm of the error depends on the axes. Equal to the tolerance.
    for (const [i, p] of permute(as).entries()) expect(Math.abs(p - (permuted[i] as number))).toBeLessThan(1e-4);
    for (const [i, p] of as.entries()) expect(Math.abs(p - (rotated[i] as number))).toBeLessThan(1e-4);
  });
});
