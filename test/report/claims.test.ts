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
  winnerClaim,
} from "../../src/report/claims.ts";
import { points } from "../../src/report/format.ts";
import { verdict } from "../../src/report/verification.ts";
import { pairedShares } from "../../src/statistics/pairedShares.ts";
import { runEnsemble } from "../../src/sweep/sweep.ts";
import type { Verification } from "../../src/verification/judge.ts";

const runs = 48;

/** What McNemar's test at 5 % says of two counts that are equally likely by chance: their difference squared, over their sum, is 1.96² by chance. */
function compared(gained: number, lost: number): "more" | "less" | "as" | "in the same" {
  if (gained + lost === 0) return "in the same";
  if ((gained - lost) ** 2 <= 1.959964 ** 2 * (gained + lost)) return "as";
  return gained > lost ? "more" : "less";
}

const figures = (text: string) => Number(/^([\d.]+) %/.exec(text)?.[1]);
/** The share behind a phrase of a sentence, in per cent. */
const shareAfter = (text: string, phrase: string) => figures(text.slice(text.indexOf(phrase) + phrase.length).trimStart());

/** What specifications showed. */
const seen = { lost: 0 };

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
  [
    {
      tokens: 2,
      normalizer: "linear",
      loss: "regression",
      optimizer: { kind: "lion", learningRate: 0.01, beta2: 0.999 },
      until: { steps: 1000 },
    },
  ],
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

    const held = every.filter((run) => (rows.sinkShare[run] as number) >= Math.fround(0.9)).length;
    const lost = every.filter((run) => !Number.isNaN(rows.polarizationTime[run])).length - held;
    const said = answer({ points: [{ parameters: {}, ensemble, ...report }] });
    if (held === runs) expect(said).toMatch(/^One token ends with at least 90 % of the weight in all 48 runs/);
    else if (held === 0) expect(said).toMatch(/^No token ends with at least 90 % of the weight in any of 48 runs/);
    else expect(shareAfter(said, "of the weight in")).toBe(share(held, runs));
    expect(said.includes(`A token reached that and lost it again in ${lost} of 48 runs.`)).toBe(lost > 0);
    seen.lost += lost;

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
      // The words follow the interval that stands beside them.
      const by = /by ([−\d.]+) \[([−\d.]+), ([−\d.]+)\] points|of ([−\d.]+) \[([−\d.]+), ([−\d.]+)\] points/.exec(claim);
      if (by) expect((by[2] ?? (by[5] as string)).startsWith("−"), claim).toBe(claim.includes("as often as it led"));
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

    const best = winnerClaim("Here", report);
    const above = predictorNames.flatMap((key) => {
      const found = report.predictors[key];
      return found && found.interval[0] > 1 / ensemble.tokens ? [found.share] : [];
    });
    if (above.length > 0) expect(shareAfter(best, " wins in")).toBe(Number((100 * Math.max(...above)).toFixed(1)));
    else expect(best).toMatch(known.length === 0 ? /^Here no token wins/ : /^Here nothing that is compared at the start tells who wins/);

    const told = predictorsClaim("Here", report);
    for (const key of predictorNames) {
      const found = report.predictors[key];
      const tells = (text: string) =>
        [`by ${predictorLabels[key]} in `, `by “${predictorLabels[key]}” in `].some((by) => text.includes(by));
      expect(tells(told)).toBe(found !== undefined);
      if (!found) continue;
      const [low, high] = found.interval;
      const guess = 1 / ensemble.tokens;
      // The part of the sentence that a predictor stands in.
      const part = told.split("; ").find((part) => tells(part));
      expect(part).toContain(
        low > guess ? "more often than a guess" : high < guess ? "less often than a guess" : "neither more nor less often",
      );
    }
  });
});

it("whether a lead is worth something is said as the interval beside it says it, also where few runs differ", () => {
  const words = new Set<string>();
  for (let gained = 0; gained <= 12; gained++)
    for (let lost = 0; lost <= 12; lost++) {
      const claim = leadClaim("Here", { runs: 400, led: 40 + lost, won: 40 + gained, gained, lost, sank: 0 });
      const [word = "none", low] = /(more|less|as) often .*\[([−\d.]+), /.exec(claim)?.slice(1) ?? [];
      words.add(word);
      if (low) expect(word === "as", claim).toBe(low.startsWith("−"));
      expect(word).toBe({ more: "more", less: "less", as: "as", "in the same": "none" }[compared(gained, lost)]);
    }
  expect([...words].sort()).toEqual(["as", "less", "more", "none"]);
});

it("some of these runs reached the weight and lost it again", () => expect(seen.lost).toBeGreaterThan(0));

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
    expect(verdict("Here", verification({}), 4096)).toContain(
      "32 runs were compared in full, and all of them agree with float64: with 95 % confidence at most 10.9 % of the runs that can be compared do not.",
    );
    expect(verdict("Here", verification({}), 32)).not.toContain("not looked at");
  });

  it("counts as compared no run of which the winner is undecided: 1 − 0.025^(1/29)", () => {
    const said = verdict("Here", verification({ decided: 29, undecided: 3 }), 4096);
    expect(said).toContain("29 of 32 runs were compared in full, and all of them agree with float64: with 95 % confidence at most 11.9 %");
    expect(said).toContain("3 runs are undecided: rounding decides the course or the winner.");
    expect(said).toContain("is 5.0·10⁻⁶; among the 4,064 runs that were not looked at there may be larger ones.");
  });

  it("says it where runs exceed a bound, and where none was compared", () => {
    expect(verdict("Here", verification({ exceeded: 1 }), 4096)).toContain(
      "32 runs were compared in full, and 1 of them differ from float64 by more than their bound: 3.1 % [0.1, 16.2]",
    );
    expect(verdict("Here", undefined, 4096)).toBe("Here no run could be compared in full.");
  });
});
