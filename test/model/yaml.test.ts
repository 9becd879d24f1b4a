import { describe, expect, it } from "vitest";
import { readYaml } from "../../src/model/yaml.ts";

const read = (text: string) => readYaml(text, "spec.yaml").value;

describe("YAML that is wrong is refused with a line of our own", () => {
  it.each([
    ["a: 1\n---\nb: 2", "spec.yaml:2: expected one document, got several, with --- between them"],
    ["a: 1\nb: 2\na: 3", "spec.yaml:3: a: expected this key once, got it twice"],
    ["g:\n  b: 2\n  c: {x: 1, x: 2}", "spec.yaml:3: x: expected this key once, got it twice"],
    ["a\nb: 1", "spec.yaml:1: expected a key and its colon on one line, got text over several lines"],
    ["a: [1, 2", "spec.yaml:1: expected entries in one column, and brackets that are closed, got others"],
    ['a: "x', "spec.yaml:1: expected the quote, bracket, comma or colon that belongs here, got none"],
    [
      "a: b: c",
      "spec.yaml:1: expected one key and its value on a line, got a list or a second key, or a next line that is indented too far",
    ],
    ["a: *x", "spec.yaml:1: expected a reference (*name) to an anchor (&name) before it, got one without"],
    ["a:\n\t- 1", "spec.yaml:2: expected spaces at the beginning of a line, got a tab"],
    ["a: @x", "spec.yaml:1: expected a value, in quotes if it begins with one of @ ` % | >, got one without"],
    ['a: "\\q"', "spec.yaml:1: expected a known escape in double quotes, such as \\n, got another"],
    ["[1]: 2", "spec.yaml:1: expected a name as a key, got something else"],
    ["a: 1\n}", "spec.yaml:2: expected YAML or JSON, got characters that have no place here"],
  ])("%j", (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ failure: "input", message }));
  });
  it.each([40, 900, 1200, 20_000, 500_000])("%i levels of lists", (levels) => {
    expect(() => read(`a: ${"[".repeat(levels)}${"]".repeat(levels)}`)).toThrow(/expected at most 32 levels, got (many )?more$/);
  });
  it("900 levels of objects, one a line", () => {
    const lines = Array.from({ length: 900 }, (_, i) => `${" ".repeat(i)}a:`);
    expect(() => read(`${lines.join("\n")} 1`)).toThrow(/expected at most 32 levels/);
  });
});

describe("a text of almost a megabyte is read or refused at once", () => {
  // Comparing each entry with all others took the library a minute for either; half of that is a hang, not a measurement.
  const limit = 30_000;
  it(
    "70,000 distinct keys",
    () => {
      const keys = Array.from({ length: 70_000 }, (_, i) => `k${i}: 1`).join("\n");
      expect(Object.keys(read(keys) as object)).toHaveLength(70_000);
    },
    limit,
  );
  it(
    "40,000 anchors and references",
    () => {
      const list = Array.from({ length: 40_000 }, (_, i) => `- &a${i} 1\n- *a${i}`).join("\n");
      expect(() => read(list)).toThrow("spec.yaml:202: expected at most 100 references (*name), got more");
    },
    limit,
  );
});

describe("YAML that is right", () => {
  it("is read as the library reads it: JSON, references, comments, one key that looks like a number", () => {
    expect(read('{"a": [1, 2.5e3, "x"]}')).toEqual({ a: [1, 2500, "x"] });
    expect(read("a: &x {b: 1}\nc: *x # again")).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(read("1: a")).toEqual({ 1: "a" });
    expect(read("")).toBeNull();
  });
});
