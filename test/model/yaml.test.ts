import { describe, expect, it } from "vitest";
import { parse } from "yaml";
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
    expect(() => read(`b: 1\na: ${"[".repeat(levels)}${"]".repeat(levels)}`)).toThrow(
      /^spec.yaml:2: expected at most 32 levels, got more$/,
    );
  });
  it("900 levels of objects, one a line", () => {
    const lines = Array.from({ length: 900 }, (_, i) => `${" ".repeat(i)}a:`);
    expect(() => read(`${lines.join("\n")} 1`)).toThrow(/expected at most 32 levels/);
  });
});

describe("a text of almost a megabyte is read or refused in less than a second of processor time", () => {
  const tooMany = "expected at most 400000 words, signs and gaps between them beside lists of numbers, got more";
  const repeated = (text: (i: number) => string, length: number) => Array.from({ length }, (_, i) => text(i)).join("");
  it.each([
    ["distinct keys", repeated((i) => `k${i}: 1\n`, 50_000), "spec.yaml:1001: expected at most 1000 keys of an object, got more"],
    ["keys in braces", `{${repeated((i) => `k${i}: 1, `, 45_000)}}`, "spec.yaml:1: expected at most 1000 keys of an object, got more"],
    ["anchors", repeated((i) => `- &a${i} 1\n- *a${i}\n`, 20_000), "spec.yaml:202: expected at most 100 references (*name), got more"],
    ["more anchors", repeated((i) => `- &a${i} 1\n- *a${i}\n`, 40_000), tooMany],
    ["empty brackets", "[]".repeat(500_000), tooMany],
    ["commas", `a: [${",".repeat(130_000)}]`, "spec.yaml:1: expected YAML or JSON, got characters that have no place here"],
    ["dashes", `${"- ".repeat(130_000)}1`, "spec.yaml:1: expected at most 32 levels, got more"],
    ["question marks", `${"? ".repeat(130_000)}1`, "spec.yaml:1: expected at most 32 levels, got more"],
    [
      "brackets",
      `{"a": [${repeated(() => `${"[".repeat(951)}1${"]".repeat(950)},2],`, 200)}1]}`,
      "spec.yaml:1: expected at most 32 levels, got more",
    ],
    ["tags", "!a ".repeat(100_000), "spec.yaml:1: expected at most one tag (!name) for a value, got several"],
    ["quotes", `name: "a\n${"  a\n".repeat(130_000)}`, "expected the quote, bracket, comma or colon that belongs here, got none"],
  ])("%s", (_, text, message) => {
    const before = process.cpuUsage();
    expect(() => read(text)).toThrow(message);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(3); // what is shared with others counts more
  });
});

describe("lists of numbers, in brackets or with an entry a line, which the program reads by itself", () => {
  it("have no limit but the size of the text", () => {
    const matrix = Array.from({ length: 720 }, (_, i) => Array.from({ length: 720 }, (_, j) => (i + j) % 10));
    expect(read(`values:\n  matrix: ${JSON.stringify(matrix)}`)).toEqual({ values: { matrix } });
    const steps = Array.from({ length: 100_000 }, (_, i) => i);
    expect(read(`record:\n  steps:\n${steps.map((step) => `  - ${step}\n`).join("")}`)).toEqual({ record: { steps } });
    const rows = matrix.slice(0, 200).map((row) => `  - ${row.map((x) => `- ${x}\n`).join("    ")}`);
    expect(read(`values:\n  matrix:\n${rows.join("")}`)).toEqual({ values: { matrix: matrix.slice(0, 200) } });
  });
  it.each([
    "a: [1, -2.5, 3e4, -0, [5]]",
    "a: [1,\n  2, # two\n  3]",
    "a: [[1, 2],\n    [3, 4]]\nb: 1",
    "a: [1, 2,]",
    "a: [1,, 2]",
    "a: [01, +1, 0x10, .5, 1_000]",
    "a: [1, [2, x], [3]]",
    "a: [[[[[1]]]]]",
    "a: &m [1, 2]\nb: *m",
    "a: !!seq [1, 2]",
    "a: '[1, 2]'\nb: \"[1]\"\nc: |\n  [1]\nd: x [1] y",
    "[1, 2]",
    "- [1]\n- [2, 3]",
    "a: [12345678901234567890, 1e999]",
    "a:\n- 1\n- -2.5\nb: 3",
    "a:\n  - 1 # one\n\n  # two\n  - 2\n  # three\nb: 3",
    "a:\n  - - 1\n    - 2\n  - - 3\n    - 4\nb:\n- 5",
    "a:\n  - - - 1\n      - 2\n    - - 3\n  - - - 4",
    "a:\n  - 1\n  - - 2\n    - 3\n  - 4",
    "a:\n  - x\n  - 1\n  - 2",
    "a:\n  - 1\n  - x",
    "a:\n  - - 1\n    - 2\n  - - 3\n    - x\nb: 2",
    "- 1\n    - 2",
    "- 1\n  - 2\n- 3",
    "- 1\n  x\n- 2",
    "- - 1\n x",
    "- - - - 1\n      - 2\n- - - - - 3\n",
    "- - - - - 1\n        - 2",
    "- - 1\n - 2",
    "- 1\n-\n- 2",
    "-\n  - 1\n  - 2",
    "- 1\n- [2]\n- 3",
    "- [1]\n- - 2\n  - 3",
    "a:\n  - b: 1\n    c:\n    - 1\n    - 2\n  - b: 2\n    c:\n    - 3",
    "a: |\n  - 1\n  - 2\nb: 3",
    "|\n- 1\n- 2",
    'a: "\n  - 1\n  - 2"',
    "a: x\n  - 1\n  - 2",
    "a: [\n- 1\n]",
    "a: &x\n  - 1\n  - 2\nb: *x",
    "a: !!seq\n  - 1\n  - 2",
    "a: !!str\n  - 1",
    "- 1\n---\n- 2",
    "- 1\n\t- 2",
    "- 1\n\n\t\n- 2",
    "a:\r\n  - 1\r\n  - 2\r\nb: 1\r\n",
    "- 1#x\n- 2",
    "- 1:\n- 2",
    "- 1 : 2",
    "- 01\n- .5",
    "-  1\n-   2",
    "- -  1\n  -   2\n-  -   3",
    "- 1\n- 2\nb: 1",
    "a:\n  - 1\n - 2",
    "a:\n - 1\n  - 2",
    "a:\n  - 1\n  b: 2",
    "- 1\n- - - - - 2",
  ])("are what the library makes of %j", (text) => {
    let expected: unknown;
    try {
      expected = parse(text);
    } catch {
      return expect(() => read(text)).toThrow();
    }
    expect(read(text)).toEqual(expected);
  });
  it("know on which line an entry is", () => {
    const { lineOf } = readYaml("a: 1\nm: [[1, 2],\n  [3,\n   4]]", "spec.yaml");
    expect([["m"], ["m", 0], ["m", 0, 1], ["m", 1], ["m", 1, 1], ["m", 1, 2]].map(lineOf)).toEqual([2, 2, 2, 3, 4, 4]);
    const block = readYaml("a: 1\nm:\n- - 1\n  - 2\n# c\n- - 3\n  - 4\nb: 2", "spec.yaml");
    expect([["m"], ["m", 0], ["m", 0, 1], ["m", 1], ["m", 1, 1], ["b"]].map(block.lineOf)).toEqual([2, 3, 4, 6, 7, 8]);
  });
  it.each(["[1, 2]: 3", "{[1]: 2}", "? [1]\n: 2", "? - 1\n: 2"])("are no keys: %j", (text) => {
    expect(() => read(text)).toThrow("expected a name as a key, got something else");
  });
});

describe("YAML that is right", () => {
  it("is read as the library reads it: JSON, references, comments, one key that looks like a number", () => {
    expect(read('{"a": [1, 2.5e3, "x"]}')).toEqual({ a: [1, 2500, "x"] });
    expect(read("a: &x {b: 1}\nc: *x # again")).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(read("1: a")).toEqual({ 1: "a" });
    expect(read("")).toBeNull();
  });
});
