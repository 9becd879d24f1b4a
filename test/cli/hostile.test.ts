import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLines } from "../../scripts/hostile/commandLines.ts";
import { folderChanges } from "../../scripts/hostile/folders.ts";
import { faultOf, judge } from "../../scripts/hostile/judge.ts";
import { performFolders, performLines } from "../../scripts/hostile/perform.ts";
import { hostileSpecifications } from "../../scripts/hostile/specifications.ts";
import { faultOfAnswer, World } from "../../scripts/hostile/world.ts";

// More of all of them: npm run -s script -- hostile 100000
const seed = 20_260_307;
const minutes = 60_000;
/** Thrice what is promised: where CI runs, others work on the same cores. What takes time as the square of a text's length takes more. */
const mostMs = 3000;

it(
  "any specification is taken, or refused at once with one line that names its field",
  async () => {
    const isSound = async (input: Parameters<typeof judge>[0], index: number) => {
      expect((await judge(input, index, mostMs)).fault).toBeUndefined();
    };
    await fc.assert(fc.asyncProperty(hostileSpecifications, fc.nat(), isSound), { numRuns: 2500, seed });
  },
  10 * minutes,
);

describe("command lines and results folders", () => {
  let world: World;
  beforeAll(() => {
    world = new World(join(import.meta.dirname, "../.."));
  });
  afterAll(() => world?.remove());
  const faults: string[] = [];
  const note = (kind: string, fault: string | undefined, input: string) => void (fault && faults.push(`${kind}: ${fault} of ${input}`));

  it(
    "a command line is performed, or refused with a code of the contract and one line, and writes nothing but into --out",
    async () => {
      const done = await performLines(world, fc.sample(commandLines, { numRuns: 300, seed }), note);
      expect(faults).toEqual([]);
      expect(done).toBeGreaterThan(10);
    },
    10 * minutes,
  );

  it(
    "so it is as a process of its own",
    () => {
      for (const args of fc.sample(commandLines, { numRuns: 24, seed: seed + 1 })) {
        world.reset();
        const before = world.outside(args);
        const answer = world.process(args);
        expect(faultOfAnswer(answer), JSON.stringify(args)).toBeUndefined();
        expect(world.outside(args)).toBe(before);
      }
    },
    10 * minutes,
  );

  it(
    "a results folder that is spoiled is read, replaced, or refused",
    async () => {
      await performFolders(world, fc.sample(folderChanges, { numRuns: 40, seed }), note);
      expect(faults).toEqual([]);
    },
    10 * minutes,
  );
});

describe("what finds faults", () => {
  it.each([
    ["spec.yaml:3: runs: expected at least 1, got 0", undefined],
    ["--set runs: expected key=value", undefined],
    ["runs: expected at most 5, got 6", undefined],
    ["expected something", "no field, and no place"],
    ["spec.yaml: is wrong", "nothing that was expected"],
    ["spec.yaml: values: expected a list, got undefined", "a value that is not shown"],
    ["spec.yaml: expected\n    at parse (main.js:3:4)", "a stack trace, or several lines"],
    [`spec.yaml: ${"x".repeat(3000)}: expected`, "3021 characters"],
  ])("case %#", (message, fault) => expect(faultOf(message, "spec.yaml")).toBe(fault));

  const answer = { code: 2, stdout: "", stderr: "sinkflow: runs: expected at least 1, got 0. Nothing was written.\n", ms: 1 };
  it.each([
    [{}, undefined],
    [{ code: 0, stderr: "" }, undefined],
    [{ code: 1 }, /^an internal error/],
    [{ code: 134 }, "ended with 134"],
    [{ ms: 2100 }, "took 2100 ms"],
    [{ code: 0, ms: 20_000 }, "took 20000 ms"],
    [{ stdout: "{}" }, "printed {}"],
    [{ stderr: "TypeError: x\n    at f (main.js:1:2)\n" }, /^a stack trace/],
    [{ stderr: "sinkflow: runs: expected at least 1, got 0.\n" }, /^does not say what was written/],
    [{ stderr: "runs: expected at least 1, got 0. Nothing was written.\n" }, /^says/],
  ])("%j", (change, fault) => {
    const found = faultOfAnswer({ ...answer, ...change });
    if (fault instanceof RegExp) expect(found).toMatch(fault);
    else expect(found).toBe(fault);
  });
});
