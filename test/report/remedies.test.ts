import { describe, expect, it } from "vitest";
import { none } from "../../src/model/columns.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { type Cell, leastPositive, rightOf, sentences } from "../../src/report/questions/adamMemory.ts";
import * as shapes from "../../src/report/questions/adamShapes.ts";
import { decayAt, derivedShare, fold, threshold } from "../../src/report/questions/decay.ts";
import * as noise from "../../src/report/questions/noise.ts";
import * as optimizers from "../../src/report/questions/optimizers.ts";
import * as remedies from "../../src/report/questions/remedies.ts";
import type { SourceResult } from "../../src/report/study.ts";
import { proportion } from "../../src/statistics/proportion.ts";

describe("which token wins under Adam", () => {
  it("finds the token of the least positive advantage", () => {
    // Equal weights: the mean is 0.25, and 0.3 is the least above it.
    expect(leastPositive([1, 1, 1, 1], [0.9, 0.3, -0.4, 0.2])).toBe(1);
    // With nearly all weight on token 0 the mean is 0.9: none but rounding is above it.
    expect(leastPositive([50, 0, 0, 0], [0.9, 1, -0.4, 0.2])).toBe(1);
    expect(leastPositive([0, 0], [0.5, 0.5])).toBeUndefined();
  });
  it("compares it, the best aligned token and the mode with the sink, run by run", () => {
    const vectors = {
      initialLogits: [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
      initialAlignments: [
        [1, 3, 1],
        [2, 2, 2],
        [0, -2, 0],
      ],
    };
    const typed = (lists: number[][]) => lists.map((list) => Float64Array.from(list));
    const right = rightOf({
      columns: { sink: Uint32Array.from([1, 1, none]), byMode: Uint32Array.from([0, 1, 2]) },
      vectors: { initialLogits: typed(vectors.initialLogits), initialAlignments: typed(vectors.initialAlignments) },
    });
    expect(right).toEqual({ best: [true, false, undefined], least: [true, true, undefined], mode: [false, true, undefined] });
  });
  it("says what the shares are, and compares rates of one ρ on the same starts", () => {
    const yes = (count: number) => Array.from({ length: 10 }, (_, run) => run < count);
    const cell = (rate: number, beta2: number, best: number, least: number): Cell => ({
      rate,
      beta2,
      epsilon: 1e-8,
      tokens: 8,
      dim: 8,
      loss: "logistic",
      runs: 10,
      right: { best: yes(best), least: yes(least), mode: yes(5) },
    });
    const cells = [cell(0.01, 0.9, 10, 0), cell(0.01, 0.99, 1, 4), cell(0.001, 0.999, 0, 9)];
    const [first, , third] = sentences(cells);
    expect(first).toContain("at most 0.1 the best aligned token wins in 100.0 % [69.2, 100.0] of runs");
    expect(first).toContain(
      "in 0.0 % [0.0, 30.8] to 10.0 % [0.3, 44.5], and the token of the least positive advantage in 40.0 % [12.2, 73.8] to 90.0 % [55.5, 99.7]",
    );
    expect(third).toMatch(
      /least positive advantage in 90\.0 % .* at rate 0\.001 and 40\.0 % .* at 0\.01 \(a difference of 50\.0 .* p = 0\.0625\)/,
    );
    const still = [0, 1e-8].map((epsilon) => ({ ...cell(0.001, 0.9, epsilon > 0 ? 4 : 10, 0), dim: 64, epsilon }));
    const [decides, ends, long, , losses] = shapes.sentences(
      [cell(0.01, 0.9, 10, 0), cell(0.01, 0.999, 0, 5), { ...cell(0.01, 0.9, 7, 0), loss: "square" }],
      still,
    );
    expect(decides).toContain("At ρ = 0.1 the best aligned of 8 to 8 tokens wins in 100.0 % [69.2, 100.0] in 8 dimensions");
    expect(ends).toMatch(/^In 64 dimensions at ρ = 0\.01 it does in 100\.0 % .* if ε = 0, and in 40\.0 % .* of 8 tokens at ε = 1\.0e-8:/);
    expect(long).toContain("ρ = 10, the best aligned token wins in 0.0 % [0.0, 30.8] in 8 dimensions; the token of the least");
    expect(losses).toContain(
      "with square loss in place of logistic loss no share of the best aligned token differs by more than 30.0 points",
    );
  });
  it("knows the mean of ‖β‖₁ over unit vectors", () => {
    expect(shapes.meanNorm(1)).toBe(1);
    expect(shapes.meanNorm(2)).toBeCloseTo(4 / Math.PI, 14); // of |cos| + |sin|
    expect(shapes.meanNorm(3)).toBeCloseTo(3 / 2, 14); // a coordinate of a sphere is uniform
    expect(shapes.meanNorm(8)).toBeCloseTo((8 * 6) / (Math.sqrt(Math.PI) * 11.631728396567448), 12); // Γ(9/2)
  });
});

describe("polarization at equal loss", () => {
  it("is of the runs that come to the loss, by when they do", () => {
    const column = (...numbers: number[]) => Float64Array.from(numbers);
    const columns = {
      polarizationTime: column(8, 2, Number.NaN, 1, Number.NaN),
      timeToLoss: column(4, 4, 6, Number.NaN, Number.NaN),
      sinkShare: column(1, 1, 0.5, 1, Number.NaN), // the last run did not end soundly
    };
    const ensemble = parseEnsemble({ tokens: 2, runs: 5, optimizer: { kind: "sign", learningRate: 0.5 }, record: { lossAt: 0.01 } });
    const result = { report: { points: [{ ensemble }] }, runs: [{ columns, vectors: {} }] } as unknown as SourceResult;
    const [cell] = optimizers.cellsOf(result);
    expect(cell).toMatchObject({ optimizer: "sign", rate: 0.5, level: 0.01, reached: { share: 0.75 }, polarized: { share: 1 / 3 } });
    expect([cell?.toLoss?.value, cell?.toPolarization?.value]).toEqual([10, 10]); // steps: medians of 8, 8, 12, ∞ and of 16, 4, ∞, 2
  });
  it("is told by the first level at which most runs have polarized", () => {
    const cell = (optimizer: string, level: number, count: number): optimizers.Cell => ({
      optimizer,
      rate: 0.01,
      level,
      runs: 40,
      reached: proportion(40, 40),
      polarized: proportion(count, 40),
      toLoss: { value: 5, interval: [4, 6] },
      toPolarization: { value: 7, interval: [6, 8] },
    });
    const all = [
      ["momentum", 38, 40],
      ["sign", 0, 2],
      ["adam", 18, 39],
    ] as const;
    const cells = all.flatMap(([name, first, second]) => [cell(name, 0.01, first), cell(name, 0.001, second)]);
    expect(optimizers.sentences(cells)[0]).toContain(
      "with momentum when it has come to 0.01, with adam when it has come to 0.001 and with sign at none of the levels that they come to, down to 0.001",
    );
  });
});

describe("batch noise", () => {
  it("is compared with no noise from the same starts", () => {
    const point = (noise: object, loss: number[], first: number[]) => ({
      point: {
        ensemble: parseEnsemble({ tokens: 2, loss: "regression", noise, optimizer: { kind: "sign", learningRate: 0.5 } }),
      },
      runs: {
        columns: { loss: Float64Array.from(loss) },
        vectors: { weights: [Float64Array.from(first), Float64Array.from(first, (p) => 1 - p)] },
      },
    });
    const all = [point({ kind: "batch", size: 3 }, [2, 5, 9], [0.5, 0.5, 0.5]), point({ kind: "label", scale: 0 }, [1, 3, 8], [1, 0, 1])];
    const result = { report: { points: all.map(({ point }) => point) }, runs: all.map(({ runs }) => runs) } as unknown as SourceResult;
    const [batch, quiet] = noise.cellsOf(result);
    expect(batch).toMatchObject({ kind: "batch", strength: "3 a step", squares: { value: 0.5 }, difference: { median: { value: -0.5 } } });
    expect(batch?.cost?.median.value).toBe(1); // of 1, 2 and 1
    expect(quiet).toMatchObject({ kind: "none", squares: { value: 1 } });
    const sure = { ...batch, difference: { median: { value: -0.5, interval: [-0.6, -0.4] } } } as noise.Cell;
    expect(noise.sentences([sure, quiet as noise.Cell])[0]).toMatch(
      /^It does\. At η = 0\.5 Σp² ends at a median of 1 .* with batches of 0\.5 .* with 3 a step; 1\/n is 0\.5\.$/,
    );
    expect(noise.sentences([batch, quiet] as noise.Cell[])[0]).toMatch(/^It does not/); // three runs leave the interval open
  });
});

describe("what theory says of weight decay", () => {
  // n = 8, λ_V = 0.01: the shares and the fold that test/reference/optimizers.test.ts compares with runs.
  it.each([
    ["focused", 0.9, 0.605],
    ["small", 0.9, 0.605],
    ["focused", 1.1, 0.559],
    ["small", 1.1, 0.125],
    ["focused", 1.5, 0.475],
    ["focused", 2.2, 0.125],
  ] as const)("from a %s start at %d of the threshold the share is %d", (start, part, share) => {
    expect(derivedShare(start, 8, 0.01, part * threshold(8, 0.01))).toBeCloseTo(share, 3);
  });
  it.each([
    [3, 1.1],
    [4, 1.27],
    [8, 2.06],
    [16, 3.81],
    [64, 19.1],
  ])("with %d tokens the fold is at %d of the threshold", (n, parts) => {
    const { logits, share } = fold(n, 0.01);
    expect(logits / threshold(n, 0.01)).toBeCloseTo(parts, parts > 10 ? 1 : 2);
    expect(decayAt(share, n, 0.01)).toBe(logits);
  });
});

describe("large steps and label noise", () => {
  const cell = (rate: number, scale: number, squares: number[], runs = squares.length): remedies.Cell => ({
    tokens: 8,
    rate,
    scale,
    runs,
    squares,
    settled: squares.map(() => scale === 0),
  });
  it("says where Σp² ends, and what diverged", () => {
    const cells = [cell(1, 0, [0.3, 0.5, 0.4]), cell(4, 0, [0.2, 0.6, 0.3]), cell(1, 0.5, [0.126, 0.125, 0.2]), cell(4, 0.5, [], 3)];
    const [first, second, third] = remedies.sentences(cells);
    expect(first).toContain("median of 0.4 at η = 1 and at 0.3 at η = 4");
    expect(first).toContain("Of the 3 runs without noise that settled at η = 4, 66.7 % [9.4, 99.2] have");
    expect(second).toContain("within 1 % of 1/n, in 66.7 % [9.4, 99.2] of runs");
    const thrown = remedies.sentences([...cells.slice(0, 3), cell(4, 0.5, [1, 0.9])]);
    expect(thrown[2]).toBe("Together they can go too far: noise raises Σp² to a median of 0.95 at η = 4 and noise 0.5.");
    expect(third).toBe("Runs diverged, without noise and with noise 0.5: 0 and 3 of 3 at η = 4.");
  });
});
