import { describe, expect, it } from "vitest";
import { parseSpecification } from "../../src/model/grid.ts";
import { answer } from "../../src/report/answer.ts";
import { percent, shareText } from "../../src/report/format.ts";
import { proportion } from "../../src/statistics/proportion.ts";
import type { SweepReport } from "../../src/sweep/sweep.ts";

/** What the report says where so many runs of each point hold the weight at the end, of so many that ended soundly; the others diverged. */
function said(
  grid: Record<string, unknown[]>,
  counts: readonly (readonly [held: number, sound: number, reached?: number])[],
  runs = 200,
  status = {},
): string {
  const { points } = parseSpecification({ tokens: 4, runs, grid });
  const results = points.map((point, i) => {
    const [count, sound, reached = count] = counts[i] ?? [0, 0];
    const [polarizedAtEnd, polarized] = [proportion(count, sound), proportion(reached, sound)];
    return {
      ...point,
      runs,
      sink: { tied: 0 },
      status: { completed: sound, diverged: runs - sound, ...status },
      ...(polarized && { polarized, polarizedAtEnd }),
    };
  });
  return answer({ points: results } as unknown as SweepReport);
}
const scales = (count: number) => ({ "values.scale": Array.from({ length: count }, (_, i) => i + 1) });
const kinds = { normalizer: ["softmax", "sigmoid"] };
const two = { normalizer: ["softmax", "sigmoid"], loss: ["logistic", "square"] };
const share = "at least 90 % of the weight";

// Bounds of none and of all of n runs: 1 − 0.025^(1/n) and 0.025^(1/n).
describe("the answer", () => {
  it.each([
    ["all", {}, [[200, 200]], `One token ends with ${share} in all 200 runs (at least 98.17 % with 95 % confidence).`],
    ["none", {}, [[0, 200]], `No token ends with ${share} in any of 200 runs (at most 1.83 % with 95 % confidence).`],
    ["some", {}, [[100, 200]], `One token ends with ${share} in 50.0 % [42.9, 57.1] of 200 runs.`],
    ["nothing known", {}, [[0, 0]], "No run ended soundly, so there is no answer."],
    [
      "some left out",
      {},
      [[90, 90]],
      `One token ends with ${share} in all 90 runs (at least 95.98 % with 95 % confidence). 110 of the 200 runs diverged or went non-finite, and are left out.`,
    ],
    [
      "one kind and not the other",
      kinds,
      [
        [200, 200],
        [0, 200],
      ],
      `Under softmax one token ends with ${share} in all 200 runs (at least 98.17 % with 95 % confidence); under sigmoid in none (at most 1.83 % with 95 % confidence).`,
    ],
    [
      "nobody at any of two points",
      kinds,
      [
        [0, 200],
        [0, 200],
      ],
      `Under softmax and sigmoid no token ends with ${share} in any run (each at most 1.83 % with 95 % confidence).`,
    ],
    [
      "nobody at any of three points",
      { normalizer: ["softmax", "sigmoid", "linear"] },
      [
        [0, 200],
        [0, 200],
        [0, 200],
      ],
      `Under softmax, sigmoid and linear no token ends with ${share} in any run (each at most 1.83 % with 95 % confidence).`,
    ],
    [
      "a point whose runs all went wrong",
      kinds,
      [
        [0, 0],
        [0, 200],
      ],
      `Under sigmoid no token ends with ${share} in any run (at most 1.83 % with 95 % confidence); under softmax no run ended soundly, so there is no answer. 200 of the 400 runs diverged or went non-finite, and are left out.`,
    ],
    [
      "two keys",
      two,
      [
        [100, 200],
        [0, 200],
        [0, 200],
        [0, 200],
      ],
      `Under softmax, logistic, one token ends with ${share} in 50.0 % [42.9, 57.1] of 200 runs; at each of the other 3 points in none (each at most 1.83 % with 95 % confidence).`,
    ],
    [
      "many points, all alike",
      scales(20),
      Array(20).fill([200, 200]),
      `At each of the 20 points one token ends with ${share} in all runs.`,
    ],
    [
      "many points",
      scales(20),
      [[199, 200], ...Array(19).fill([200, 200])],
      `At each of the 20 points one token ends with ${share} in between 99.5 and 100.0 % of the runs.`,
    ],
    [
      "many points, some without",
      scales(20),
      [...Array(12).fill([100, 200]), ...Array(8).fill([0, 200])],
      `At each of 12 of the 20 points one token ends with ${share} in 50.0 % of the runs; at each of the other 8 points in none (each at most 1.83 % with 95 % confidence).`,
    ],
    [
      "nobody at many points",
      scales(9),
      Array(9).fill([0, 200]),
      `At each of the 9 points no token ends with ${share} in any run (each at most 1.83 % with 95 % confidence).`,
    ],
  ] as [string, Record<string, unknown[]>, [number, number][], string][])("%s", (_, grid, counts, text) => {
    expect(said(grid, counts)).toBe(text);
  });
  it("is of the end: what was reached and lost again is told apart", () => {
    expect(said({}, [[100, 200, 103]])).toBe(
      `One token ends with ${share} in 50.0 % [42.9, 57.1] of 200 runs. A token reached that and lost it again in 3 of 200 runs.`,
    );
    expect(
      said(kinds, [
        [200, 200],
        [0, 200, 1],
      ]),
    ).toMatch(/; under sigmoid in none .* A token reached that and lost it again under sigmoid in 1 of 200 runs\.$/);
  });
  it("of a single run has no interval", () => {
    expect(said({}, [[1, 1]], 1)).toBe(`One token ends with ${share} in the one run.`);
    expect(said({}, [[0, 1]], 1)).toBe(`No token ends with ${share} in the one run.`);
  });
  it("says where runs ended before their end", () => {
    expect(said({}, [[0, 200]], 200, { completed: 150, "max-steps": 50 })).toMatch(
      / 50 of the 200 runs took as many steps as they may before their end\.$/,
    );
  });
  it("names no threshold where points have different ones", () => {
    expect(
      said({ polarizedAt: [0.8, 0.9] }, [
        [200, 200],
        [200, 200],
      ]),
    ).toMatch(/^At polarizedAt 0\.8 one token ends with the weight that counts as polarized in all 200 runs/);
  });
});

it("a share that is neither none nor all never reads as one", () => {
  expect([0, 0.5, 1, 0.9999, 0.99999, 1e-5].map((share) => shareText(share))).toEqual(["0.0", "50.0", "100.0", "99.99", "99.999", "0.001"]);
  expect(percent({ share: 0.99999, interval: [0.99995, 0.999999] })).toBe("99.999 % [99.995, 100.000]");
});
