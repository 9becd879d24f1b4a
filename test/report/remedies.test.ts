import { describe, expect, it } from "vitest";
import { none } from "../../src/model/columns.ts";
import { type Cell, leastPositive, rightOf, sentences } from "../../src/report/questions/adamMemory.ts";
import { decayAt, derivedShare, fold, threshold } from "../../src/report/questions/decay.ts";
import * as remedies from "../../src/report/questions/remedies.ts";

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
      tokens: 8,
      dim: 8,
      loss: "logistic",
      runs: 10,
      right: { best: yes(best), least: yes(least), mode: yes(5) },
    });
    const cells = [cell(0.01, 0.9, 10, 0), cell(0.01, 0.99, 1, 4), cell(0.001, 0.999, 0, 9)];
    const [first, , third, fourth] = sentences(cells, [
      cells[0],
      cell(0.01, 0.999, 0, 5),
      { ...cell(0.01, 0.9, 7, 0), loss: "square" },
    ] as Cell[]);
    expect(first).toContain("at most 0.1 the best aligned token wins in 100.0 % [69.2, 100.0] of runs");
    expect(first).toContain(
      "in 0.0 % [0.0, 30.8] to 10.0 % [0.3, 44.5], and the token of the least positive advantage in 40.0 % [12.2, 73.8] to 90.0 % [55.5, 99.7]",
    );
    expect(third).toMatch(
      /least positive advantage in 90\.0 % .* at rate 0\.001 and 40\.0 % .* at 0\.01 \(a difference of 50\.0 .* p = 0\.0625\)/,
    );
    expect(fourth).toContain("8 tokens in 8 dimensions: 100.0 % [69.2, 100.0] at ρ = 0.1 and 0.0 % [0.0, 30.8] at ρ = 10");
    expect(fourth).toContain("with square loss in place of logistic loss shares differ by at most 30.0 points");
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
    const cells = [cell(1, 0, [0.3, 0.5, 0.4]), cell(4, 0, [0.2, 0.6]), cell(1, 0.5, [0.126, 0.125, 0.2]), cell(4, 0.5, [], 2)];
    const [first, second, third] = remedies.sentences(cells);
    expect(first).toContain("median of 0.4 at η = 1 and at 0.4 at η = 4");
    expect(first).toContain("Of the 2 runs without noise that settled at η = 4, 50.0 % [1.3, 98.7] have");
    expect(second).toContain("within 1 % of 1/n, in 66.7 % [9.4, 99.2] of runs");
    const thrown = remedies.sentences([...cells.slice(0, 3), cell(4, 0.5, [1, 0.9])]);
    expect(thrown[2]).toBe("Together they can go too far: noise raises Σp² to a median of 0.95 at η = 4 and noise 0.5.");
    expect(third).toBe("Runs diverged, without noise and with noise 0.5: 0 and 2 of 2 at η = 4.");
  });
});
