import { describe, expect, it } from "vitest";
import { fallingLosses, losses } from "../../src/model/losses.ts";
import { normalizerRow, normalizers } from "../../src/model/normalizers.ts";
import { normal, threefry } from "../../src/model/random.ts";
import { dot } from "../../src/reference/linear.ts";
import { referenceLosses } from "../../src/reference/losses/index.ts";
import type { MarginLoss, ReferenceLoss } from "../../src/reference/losses/loss.ts";
import { referenceNormalizers } from "../../src/reference/normalizers/index.ts";
import type { ReferenceNormalizer } from "../../src/reference/normalizers/normalizer.ts";
import { drawStart } from "../../src/reference/start.ts";
import { variations } from "../support/variations.ts";

const vector = (seed: number, length: number) => Float64Array.from({ length }, (_, i) => normal(threefry([seed, 9], [i, 0])[0]));

// A central difference at step h has a truncation error of h²·|f'''|/6 and a rounding error of 1e-16·|f|/h; at
// h = 1e-5 both are near 1e-11 for functions and derivatives of order 10 at most.
const h = 1e-5;
const tolerance = 1e-9;

const shifted = (x: Float64Array, i: number, by: number) => x.map((value, j) => (j === i ? value + by : value));

describe.each(variations("loss", Object.keys(losses)).map((ensemble) => ({ ensemble, loss: ensemble.loss })))(
  "loss $loss",
  ({ ensemble }) => {
    it("has the gradient that central differences give", () => {
      const loss = referenceLosses[ensemble.loss.kind] as ReferenceLoss;
      for (let seed = 0; seed < 20; seed++) {
        const y = vector(seed, 6);
        const data = drawStart({ ...ensemble, seed }, 0);
        const gradient = new Float64Array(6);
        loss.gradient(y, data, gradient, ensemble.loss);
        for (let k = 0; k < 6; k++) {
          const difference =
            (loss.value(shifted(y, k, h), data, ensemble.loss) - loss.value(shifted(y, k, -h), data, ensemble.loss)) / (2 * h);
          expect(Math.abs((gradient[k] as number) - difference)).toBeLessThan(tolerance * 10);
        }
      }
    });
  },
);

describe.each(variations("loss", fallingLosses).map((ensemble) => ({ ensemble, loss: ensemble.loss })))(
  "loss of the margin $loss",
  ({ ensemble }) => {
    it("falls with the margin at the rate whose logarithm its twin gives, and depends on nothing else", () => {
      const loss = referenceLosses[ensemble.loss.kind] as MarginLoss;
      for (let seed = 0; seed < 20; seed++) {
        const y = vector(seed, 6);
        const data = drawStart({ ...ensemble, seed }, 0);
        const rate = Math.exp(loss.logRate(dot(data.target, y)));
        const gradient = new Float64Array(6);
        loss.gradient(y, data, gradient, ensemble.loss);
        // ∇L = ℓ′(m) β. Two roundings of numbers of order 10 at most.
        for (let k = 0; k < 6; k++) expect(gradient[k]).toBeCloseTo(-rate * (data.target[k] as number), 13);
      }
    });
  },
);

const choices = variations("normalizer", Object.keys(normalizers)).map(({ normalizer }) => normalizer);

describe.each(choices)("normalizer %j", (chosen) => {
  const normalizer = referenceNormalizers[chosen.kind] as ReferenceNormalizer;
  it("has the vector-Jacobian product that central differences give", () => {
    let tried = 0;
    for (let seed = 0; seed < 20; seed++) {
      const a = vector(200 + seed, 5);
      const c = vector(300 + seed, 5);
      if (Math.abs(normalizerRow(chosen).denominator?.([...a]) ?? 1) < 1) continue; // its third derivative grows as the inverse fourth power
      tried++;
      const forward = (logits: Float64Array) => {
        const p = new Float64Array(5);
        normalizer.forward(logits, chosen, p);
        return p;
      };
      const out = new Float64Array(5);
      normalizer.pullback(a, forward(a), c, chosen, out);
      for (let i = 0; i < 5; i++) {
        const [up, down] = [forward(shifted(a, i, h)), forward(shifted(a, i, -h))];
        const difference = c.reduce((sum, cj, j) => sum + (cj * ((up[j] as number) - (down[j] as number))) / (2 * h), 0);
        expect(Math.abs((out[i] as number) - difference)).toBeLessThan(tolerance);
      }
    }
    expect(tried).toBeGreaterThan(10);
  });

  it("gives shares, if its row says so", () => {
    if (!normalizers[chosen.kind].shares) return expect(normalizers[chosen.kind].shares).toBe(false);
    for (const scale of [1, 30, 1000]) {
      const p = new Float64Array(7);
      normalizer.forward(
        vector(4, 7).map((x) => scale * x),
        chosen,
        p,
      );
      expect(Math.min(...p)).toBeGreaterThanOrEqual(0);
      expect(p.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 14);
    }
  });
});
