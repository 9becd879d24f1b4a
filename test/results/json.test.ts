import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuEngine } from "../../src/ensemble/cpu.ts";
import { inlinePool } from "../../src/ensemble/perform.ts";
import { parseSpecification } from "../../src/model/grid.ts";
import { fromJson, parseJson, pointJson, toJson } from "../../src/results/json.ts";
import { runSweep, type SweepReport } from "../../src/sweep/sweep.ts";

const until = { time: 10 };
const sweepOf = (specification: object) =>
  runSweep(parseSpecification({ tokens: 2, runs: 3, until, ...specification }), cpuEngine(inlinePool), inlinePool, {});

async function* inPieces(text: string, length: number) {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

describe("the JSON of a sweep", async () => {
  const reports = [
    await sweepOf({}),
    await sweepOf({ grid: { seed: [1, 2, 3] }, record: { trajectories: 1, times: { count: 3 } } }),
    // What looks like the beginning and the end of a point, and characters of two code units.
    await sweepOf({ name: '\n "points": [\n  {\n  },\n  }, 😀', grid: { "values.scale": [0.1, 1] } }),
    { ...(await sweepOf({})), points: [] },
  ];
  const options = [
    { timing: true },
    { timing: false },
    { timing: true, indent: 1 },
    { timing: false, indent: 1 },
    { timing: false, indent: 3 },
  ];
  const whole = (
    { points, timing: of, verification, ...report }: SweepReport,
    { timing, indent }: { timing: boolean; indent?: number },
  ) => {
    const told = { ...report, ...(timing && { timing: of }), verification, points: points.map((point) => pointJson(point, { timing })) };
    return JSON.stringify(told, null, indent) + (indent ? "\n" : "");
  };

  it.each(options)("is told in a piece a point, which make the text that is told as a whole: %j", (option) => {
    for (const report of reports) {
      const pieces = [...toJson(report, option)];
      expect(pieces.join("")).toBe(whole(report, option));
      expect(pieces).toHaveLength(report.points.length + 2);
    }
    expect(whole(reports[1] as SweepReport, option).includes('"compileMs"')).toBe(option.timing);
  });

  it.each(options)("is parsed from any pieces: %j", async (option) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...reports), fc.integer({ min: 1, max: 5000 }), async (report, length) => {
        const text = whole(report, option);
        expect(await parseJson(inPieces(text, Math.max(length, text.length / 2000)))).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 30 },
    );
  });

  it("that is cut short can't be parsed", async () => {
    const text = whole(reports[1] as SweepReport, { timing: false, indent: 1 });
    for (const length of [0, 10, text.length / 2, text.length - 4]) {
      await expect(parseJson(inPieces(text.slice(0, length), 1000))).rejects.toThrow(SyntaxError);
    }
  });

  it("gives the report back", async () => {
    const report = reports[1] as SweepReport;
    const back = fromJson(await parseJson(inPieces(whole(report, { timing: true, indent: 1 }), 777)));
    expect(back).toStrictEqual(JSON.parse(JSON.stringify(report)));
    expect(fromJson({ ...back, points: back?.points.slice(1) })).toBeUndefined();
    expect(fromJson([])).toBeUndefined();
  });
});
