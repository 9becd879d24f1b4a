import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { none } from "../../src/model/columns.ts";
import type { Rows } from "../../src/model/rows.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { soundRuns } from "../../src/model/status.ts";
import { answer } from "../../src/report/answer.ts";
import {
  alignedClaim,
  LeadOfFirst,
  leadClaim,
  predictorLabels,
  predictorNames,
  predictorsClaim,
  sankClaim,
} from "../../src/report/claims.ts";
import { points } from "../../src/report/format.ts";
import { verdict } from "../../src/report/verification.ts";
import { pairedShares } from "../../src/statistics/pairedShares.ts";
import { runEnsemble } from "../../src/sweep/sweep.ts";
import type { Verification } from "../../src/verification/judge.ts";

const runs = 48;

/** Probability of at most k of n fair coins. */
function atMost(k: number, n: number): number {
  let [term, sum] = [0.5 ** n, 0];
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= (n - i) / (i + 1);
  }
  return sum;
}

/** What two-sided exact test at 5 % says of two counts that are equally likely by chance. */
function compared(gained: number, lost: number): "more" | "less" | "as" | "in the same" {
  if (gained + lost === 0) return "in the same";
  if (atMost(Math.min(gained, lost), gained + lost) >= 0.025) return "as";
  return gained > lost ? "more" : "less";
}

const figures = (text: string) => Number(/^([\d.]+) %/.exec(text)?.[1]);
/** The share behind a phrase of a sentence, in per cent. */
const shareAfter = (text: string, phrase: string) => figures(text.slice(text.indexOf(phrase) + phrase.length).trimStart());

// Outcomes that differ: all runs polarize or none, some, ties; a lead that is worth much, little, nothing.
describe.each([
  [{ tokens: 4, dim: 3 }],
  [{ tokens: 4, dim: 3, normalizer: "sigmoid" }],
  [{ tokens: 4, dim: 3, normalizer: "linear" }],
  [{ tokens: 4, dim: 3, normalizer: "sparsemax" }],
  [{ tokens: 4, dim: 3, normalizer: "uniform" }],
  [{ tokens: 4, dim: 3, loss: "square" }],
  [{ tokens: 4, loss: "cross-entropy" }],
  [{ tokens: 4, dim: 3, loss: "regression" }],
  [{ tokens: 2, dim: 3, headStart: { token: 0, by: 0.4 } }],
  [{ tokens: 4, dim: 3, headStart: { token: 0, by: 0.6 } }],
  [{ tokens: 4, dim: 3, values: { kind: "gaussian", scale: 1 }, headStart: { token: 0, by: 0.3 } }],
  [{ tokens: 4, dim: 3, optimizer: { kind: "adam", learningRate: 0.01, beta2: 0.9 }, until: { steps: 300 } }],
  [{ tokens: 4, dim: 3, optimizer: { kind: "adam", learningRate: 0.01 }, until: { steps: 300 } }],
  [{ tokens: 3, dim: 3, until: { time: 10 } }],
] as [Record<string, unknown>][])("of %j", (specification) => {
  it("sentences say what the rows say", async () => {
    const ensemble = parseEnsemble({ runs, ...specification });
    const lead = new LeadOfFirst(ensemble.polarizedAt);
    const kept: Rows[] = [];
    const report = await runEnsemble(cpuEngine(inlinePool), inlinePool, ensemble, {
      onPart: ({ rows }) => {
        lead.add(rows, soundRuns(rows.status));
        kept.push(rows);
      },
    });
    const [rows] = kept as [Rows];
    const every = Array.from(rows.status, (_, run) => run);
    const share = (part: number, of: number) => Number(((100 * part) / of).toFixed(1));

    const reached = every.filter((run) => !Number.isNaN(rows.polarizationTime[run])).length;
    const said = answer({ points: [{ parameters: {}, ensemble, ...report }] });
    if (reached === runs) expect(said).toMatch(/^One token came to hold at least 90 % of the weight in all 48 runs/);
    else if (reached === 0) expect(said).toMatch(/^No token came to hold at least 90 % of the weight in any of 48 runs/);
    else expect(shareAfter(said, "of the weight in")).toBe(share(reached, runs));

    const known = every.filter((run) => rows.byLogit[run] !== none && rows.sink[run] !== none);
    const count = (is: (led: boolean, won: boolean, run: number) => boolean) =>
      known.filter((run) => is(rows.byLogit[run] === 0, rows.sink[run] === 0, run)).length;
    const claim = leadClaim("Here", lead.result());
    if (known.length === 0) expect(claim).toMatch(/^Here no run has a winner/);
    else {
      expect(shareAfter(claim, "logit at the start in")).toBe(
        share(
          count((led) => led),
          known.length,
        ),
      );
      expect(shareAfter(claim, "and won in")).toBe(
        share(
          count((_, won) => won),
          known.length,
        ),
      );
      expect(shareAfter(sankClaim(lead.result(), ensemble.polarizedAt) as string, "or more, in")).toBe(
        share(
          count((_, won, run) => won && (rows.sinkShare[run] as number) >= 0.9),
          known.length,
        ),
      );
      const verdict = compared(
        count((led, won) => won && !led),
        count((led, won) => led && !won),
      );
      expect(claim).toContain(
        {
          more: ": more often than it led",
          less: ": less often than it led",
          as: ": as often as it led",
          "in the same": ": in the same runs",
        }[verdict],
      );
      // The difference is the one that the question about head starts tells, of the same runs.
      const answers = (tokens: ArrayLike<number>) => Array.from(tokens, (token) => (token === none ? undefined : token === 0));
      const paired = pairedShares(answers(rows.byLogit), answers(rows.sink));
      if (verdict !== "in the same") expect(claim).toContain(` ${points(Math.abs(paired?.difference as number))} [`);
    }

    const { alignment } = report.predictors;
    const aligned = alignedClaim("Here", report);
    if (!alignment) expect(aligned).toMatch(/^Here there is no run/);
    else {
      const [low, high] = alignment.interval;
      const guess = 1 / ensemble.tokens;
      expect(shareAfter(aligned, "won in")).toBe(Number((100 * alignment.share).toFixed(1)));
      expect(aligned).toContain(low > guess ? ": more often than" : high < guess ? ": less often than" : ": neither more nor less often");
    }

    const told = predictorsClaim("Here", report);
    for (const key of predictorNames) {
      const found = report.predictors[key];
      expect(told.includes(`by ${predictorLabels[key]} in `)).toBe(found !== undefined);
      if (!found) continue;
      const [low, high] = found.interval;
      const guess = 1 / ensemble.tokens;
      // The part of the sentence that a predictor stands in.
      const part = told.split("; ").find((part) => part.includes(`by ${predictorLabels[key]} in `));
      expect(part).toContain(
        low > guess ? "more often than a guess" : high < guess ? "less often than a guess" : "neither more nor less often",
      );
    }
  });
});

describe("what a check says of all runs", () => {
  const verification = (part: Partial<Verification>): Verification => ({
    runs: 32,
    decided: 32,
    undecided: 0,
    beyondRange: 0,
    exceeded: 0,
    worst: {},
    worstWeight: 5e-6,
    ...part,
  });

  it("has the share that may differ, though none was seen to: 1 − 0.025^(1/32)", () => {
    const said = verdict("Here", verification({ undecided: 3 }), 4096);
    expect(said).toContain("all 32 compared runs agree with float64: with 95 % confidence at most 10.9 % of all runs do not");
    expect(said).toContain("Of 3 runs the course or the winner can't be compared");
    expect(said).toContain("is 5.0·10⁻⁶; among the 4,064 runs that were not compared there may be larger ones.");
    expect(verdict("Here", verification({}), 32)).not.toContain("not compared");
  });

  it("says it where runs exceed a bound, and where none was compared", () => {
    expect(verdict("Here", verification({ exceeded: 1 }), 4096)).toContain(
      "1 of 32 compared runs differ by more than their bound: 3.1 % [0.1, 16.2]",
    );
    expect(verdict("Here", undefined, 4096)).toBe("Here no run could be compared at its end.");
  });
});
