import { beforeAll, describe, expect, it } from "vitest";
import { checkVerified } from "../../src/cli/results.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import type { Engine, RunOptions } from "../../src/model/result.ts";
import { verificationLine } from "../../src/report/verification.ts";
import { toJson } from "../../src/results/json.ts";
import { isVerified, runSweep, type SweepOptions, type SweepReport } from "../../src/sweep/sweep.ts";
import { webgpu } from "../support/engine.ts";

/** Runs of every ending that fixed steps have, with every column that can be asked for; and a point of few runs among them. */
const specification = parseSpecification({
  ...{ tokens: 3, dim: 2, normalizer: "linear", loss: "square", target: "gaussian", seed: 3 },
  ...{ values: { kind: "gaussian", scale: 2 }, logits: { kind: "offset", mean: 1, scale: 1 } },
  ...{ integrator: { kind: "euler", step: 0.5 }, until: { steps: 12 } },
  record: { times: { from: 0.5, to: 6, count: 3 }, fragility: true, tippingTime: true, lossAt: 0.1 },
  grid: { "values.scale": [1, 0.3], runs: [1750, 60] },
});
const limits = { rows: 1000, bytes: 1e9, state: 1e9, enoughRows: 5000, enoughFamilies: 100 };
const common: SweepOptions = { maxExact: 100, limits, samples: 3 };

/** What `act` throws; undefined where it throws nothing. */
function caught(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

const json = ({ timing: _, countsDiffer: __, ...report }: SweepReport) => [...toJson(report, { timing: false })].join("");

describe("what a device counts instead of handing over rows", () => {
  let engine: Engine;
  let byRows: SweepReport;
  /** What each call of `follow` was asked to count. */
  const asked: RunOptions["count"][] = [];
  const counting = (change: (counted: readonly Uint32Array[]) => void = () => {}): Engine => ({
    ...engine,
    countsRuns: () => true, // on a driver on the CPU, too
    follow: (segments, options = {}) => {
      asked.push(options.count);
      const onSegment: RunOptions["onSegment"] = (segment, result) => {
        if (result.counted) change(result.counted);
        return options.onSegment?.(segment, result);
      };
      return engine.follow(segments, { ...options, onSegment });
    },
  });

  beforeAll(async () => {
    engine = await webgpu();
    byRows = await runSweep(specification, counting(), inlinePool, { ...common, onPart: () => {} });
  });

  it("is not asked for where something takes rows", () => expect(new Set(asked)).toEqual(new Set([undefined])));

  it("gives the summary that rows give, byte for byte, from parts that have both kinds of points", async () => {
    asked.length = 0;
    const report = await runSweep(specification, counting(), inlinePool, common);
    expect(json(report)).toBe(json(byRows));
    expect(report.countsDiffer).toBeUndefined();
    // The first part that is counted hands over its rows too; points of 60 runs have exact quantiles, so theirs are always handed over.
    expect(asked).toEqual(["beside", "instead", undefined, "instead", "instead", undefined]);
    const { status, quantileResolution } = report.points[0] as (typeof report.points)[number];
    expect(quantileResolution).toBeGreaterThan(0);
    expect(status.diverged + status["non-finite"]).toBeGreaterThan(0);
    expect(status.completed).toBeGreaterThan(0);
  });

  it("is dropped where it differs in one count: the results are those of the rows, and the sweep is not verified", async () => {
    asked.length = 0;
    const wrong = counting(([pairs = new Uint32Array()]) => {
      pairs[pairs.length - 1] = (pairs[pairs.length - 1] as number) + 1;
    });
    const report = await runSweep(specification, wrong, inlinePool, common);
    expect(json(report)).toBe(json(byRows));
    expect(asked.slice(1)).not.toContain("instead");
    expect(isVerified(report)).toBe(false);
    // `run` ends with exit code 5 after it has printed the results.
    const ending = caught(() => checkVerified([report], "The results are printed."));
    expect(ending).toMatchObject({ failure: "numerical", message: verificationLine(report), outcome: "The results are printed." });
    expect(caught(() => checkVerified([byRows]))).toBeUndefined();
    expect(verificationLine(report)).toMatch(
      /^NOT verified: of runs 0 to 999 of point 0 the device counted otherwise than the host: summary\./,
    );
  });
});
