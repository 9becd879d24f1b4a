import { describe, expect, it } from "vitest";
import { verificationCells, verificationLine, verificationTable } from "../../src/report/verification.ts";
import type { PointReport, SweepReport } from "../../src/sweep/sweep.ts";
import { combine, type Verification, type Worst } from "../../src/verification/judge.ts";

const right: Worst = { run: 3, difference: 1e-7, bound: 1e-5, value: 0.5, reference: 0.5000001 };
const verification = (change: Partial<Verification>): Verification => ({
  runs: 16,
  worstWeight: 1e-7,
  bound: 1e-5,
  undecided: 0,
  decided: 16,
  beyondRange: 0,
  exceeded: 0,
  ...change,
  worst: { loss: right, ...change.worst },
});
/** A report of points with these verifications, each at its temperature. */
function report(...verifications: Verification[]): SweepReport {
  const points = verifications.map(
    (verification, i) => ({ parameters: { "normalizer.temperature": i + 1 }, verification }) as unknown as PointReport,
  );
  const all = combine(verifications);
  return { engine: "webgpu", points, ...(all && { verification: all }) } as SweepReport;
}

describe("what is said of verification", () => {
  it("names a failure by its point, run, column, both numbers and that column's bound", () => {
    const failed = verification({
      exceeded: 1,
      worst: { sinkNorm: { run: 7, difference: 0.25, bound: 1.5e-5, value: 5.25, reference: 5 } },
    });
    expect(verificationLine(report(verification({}), failed))).toBe(
      "NOT verified: 1 of 32 verified runs exceed a bound. At normalizer.temperature 2, run 7: sinkNorm is 5.25, the float64 reference has 5, a difference of 0.25; the bound is 1.5e-5.",
    );
  });
  it("names what was known first: a wrong start makes everything wrong", () => {
    const loss = { run: 1, difference: 3, bound: 1e-5, value: 4, reference: 1 };
    const start = { run: 1, difference: 2e-3, bound: 1e-6, value: 0.1, reference: 0.102, of: "alignments" };
    const line = verificationLine(report(verification({ exceeded: 1, worst: { loss, start } })));
    expect(line).toContain("run 1: alignments at the start is 0.1, the float64 reference has 0.102");
  });
  it("says of a token that it must be equal, and of a number that is missing that there is none", () => {
    const rank = { run: 2, difference: 1, bound: 0, value: 3, reference: 1 };
    expect(verificationLine(report(verification({ exceeded: 1, worst: { rankByLogit: rank } })))).toContain(
      "rankByLogit is 3, the float64 reference has 1, a difference of 1; they must be equal.",
    );
    const absent = { run: 2, bound: 1e-5, reference: 0.4 };
    expect(verificationLine(report(verification({ exceeded: 1, worst: { entropy: absent } })))).toContain(
      "entropy is no number, the float64 reference has 0.4; the bound is 1.0e-5.",
    );
  });
  it("shows small numbers by their exponent, and no bound where a number is 0 and does not move", () => {
    const small = { run: 2, difference: 4.88e-6, bound: 1e-6, value: 0.00000488, reference: 0 };
    expect(verificationLine(report(verification({ exceeded: 1, worst: { logits: small } })))).toContain(
      "logits is 4.88e-6, the float64 reference has 0, a difference of 4.9e-6; the bound is 1.0e-6.",
    );
    const never = { run: 2, difference: 0, bound: 64 * 2 ** -126, value: 0, reference: 0 };
    expect(verificationCells(verification({ worst: { lockInTime: never } })).find(([name]) => name === "lockInTime")).toContain("equal");
  });
  it("counts what is undecided and what is beyond range, and says when nothing could be compared", () => {
    expect(verificationLine(report(verification({ undecided: 2, beyondRange: 1 })))).toBe(
      "Verified: 16 runs agree with the float64 reference in every column; worst difference of a weight 1.0e-7 (bound 1.0e-5), 2 undecided (tied, or rounding decides), 1 beyond float32's range in a number or more.",
    );
    expect(verificationLine(report(verification({ runs: 0, undecided: 16 })))).toMatch(/^No run was verified to its end: rounding decides/);
    expect(verificationLine({ engine: "webgpu", points: [] as PointReport[] } as SweepReport)).toMatch(/^Nothing was verified/);
    expect(verificationLine({ engine: "cpu", points: [] as PointReport[] } as SweepReport)).toBeUndefined();
  });
  it("is a table of every column, what failed marked", () => {
    const start = { run: 1, difference: 0, bound: 0, value: 2, reference: 2, of: "byLogit" };
    const sink = { run: 4, difference: 1, bound: 0, value: 2, reference: 1 };
    const cells = verificationCells(verification({ worst: { sink, start } }));
    expect(cells.map(([name]) => name)).toEqual(["compared", "byLogit at the start", "sink", "loss"]);
    expect(cells.map((row) => row.at(-1))).toEqual(["used", "0", "exceeded", "1 %"]);
    expect(verificationTable(verification({})).split("\n")).toHaveLength(2);
  });
});
