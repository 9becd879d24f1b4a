import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 as Ajv } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { losses } from "../../src/model/losses.ts";
import { models } from "../../src/model/models.ts";
import { jsonSchema } from "../../src/model/schema.ts";
import { readSpecification } from "../../src/model/source.ts";
import { parseEnsemble, specificationKeys } from "../../src/model/specification.ts";
import { valueStarts } from "../../src/model/starts.ts";
import { refused } from "../support/refused.ts";

const schema = jsonSchema() as { properties: Record<string, { anyOf?: { enum?: string[] }[] }> };
/** An independent validator's verdict. */
const takes = new Ajv({ strict: false }).compile(schema);

describe("the JSON Schema", () => {
  it("describes every key, and demands tokens alone, if only in the grid", () => {
    expect(Object.keys(schema.properties).sort()).toEqual([...specificationKeys].sort());
    expect([{}, { seed: 1 }, { grid: { seed: [1] } }].map((specification: object) => takes(specification))).toEqual([false, false, false]);
    expect([{ tokens: 8 }, { grid: { tokens: [4, 8] } }].map((specification: object) => takes(specification))).toEqual([true, true]);
  });
  it("offers the short form where no parameter is demanded", () => {
    const taken = Object.keys(valueStarts).filter((values) => {
      try {
        return parseEnsemble({ tokens: 2, values });
      } catch {
        return false;
      }
    });
    expect(taken).toContain("gaussian");
    expect(taken).not.toContain("given");
    expect(schema.properties["values"]?.anyOf?.[0]?.enum).toEqual(taken);
  });
  it("offers every model that is built", () => {
    expect(schema.properties["model"]).toMatchObject({ default: "value-softmax", enum: Object.keys(models) });
  });
  it("tells every loss's default time", () => {
    const { until } = schema.properties as unknown as { until: { properties: Record<string, { description: string }> } };
    const text = until.properties["time"]?.description ?? "";
    for (const [loss, { time }] of Object.entries(losses)) {
      const group = text.split(/(?:, |: )(?=\d)/).find((part) => part.split(/, | and | for /).includes(loss));
      expect(Number(group?.split(" ")[0]), loss).toBe(time);
    }
  });
});

const examples = join(import.meta.dirname, "../../examples");
describe("the schema and the program agree, wherever a schema can", () => {
  // The schema knows the kinds of the tables alone.
  const builtIn = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((name) => /^(?!definitions).*\.yaml$/.test(name));
  it.each(builtIn)("on %s", (name) => {
    expect(takes(parse(readFileSync(join(examples, name), "utf8"))), JSON.stringify(takes.errors)).toBe(true);
  });
  it.each([
    { tokens: 4, grid: { "values.scale": [0.1, 1], normalizer: ["softmax", { kind: "softmax", temperature: 2 }] } },
    { tokens: 4, grid: { "until.time": [10, 100], "record.times.count": [3], "headStart.by": [0, 0.1], "headStart.token": [1] } },
    { tokens: 4, grid: { loss: ["square", "regression"], "logits.kind": ["zero", "gaussian"] } },
    { tokens: 4, grid: { integrator: ["tsit5", { kind: "euler", step: 0.5 }], train: ["values", "both"], polarizedAt: [0.5] } },
    { tokens: 4, model: "tied", grid: { seed: [1, 2, 3], dim: [4] } },
  ])("on what both take: %j", (specification) => {
    expect(readSpecification(JSON.stringify(specification), "spec.json").points.length).toBeGreaterThan(0);
    expect(takes(specification), JSON.stringify(takes.errors)).toBe(true);
  });
  it.each([
    { tokens: 4, grid: { tokns: [1] } },
    { tokens: 4, grid: { normalizer: ["sofmax"] } },
    { tokens: 4, grid: { "values.scale": ["a"] } },
    { tokens: 4, grid: { "values.scal": [1] } },
    { tokens: 4, grid: { "until.time": [-1] } },
    { tokens: 4, grid: { runs: [] } },
    { tokens: 4, grid: { runs: [4, 4] } },
    { tokens: 4, grid: { name: ["a", "b"] } },
  ])("on what neither takes: %j", (specification) => {
    expect(() => readSpecification(JSON.stringify(specification), "spec.json")).toThrow();
    expect(takes(specification)).toBe(false);
  });

  // What one key demands of another, and what is wrong with a text before it is a value, a schema can't tell.
  const ofOneKey = /: (expected (one of|a (whole )?number|a list|a boolean|at (least|most) [\d.e+-]+,|more than 0)|unknown key)/;
  const ofSeveral =
    /with the model|for cross-entropy loss|target.vector: unknown key|kernel|"until": |at most (the|\d+ steps)|at most runs|expected at most (\d+) at |NaN|Infinity|__proto__|tokens \d+,|a reference/;
  const told = refused.filter(([text, message]) => text.length < 1000 && ofOneKey.test(message) && !ofSeveral.test(message));
  it("on most of the specifications that the program refuses", () => expect(told.length).toBeGreaterThan(25));
  it.each(told)("on %j, which the program refuses: %s", (text) => expect(takes(parse(text, { uniqueKeys: false }))).toBe(false));
});
