import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseDocument, visit } from "yaml";
import { readSpecification } from "../../src/model/source.ts";
import { moduleAddress, registerModules } from "../../src/modules.ts";

const folder = join(import.meta.dirname, "../../examples");
const examples = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yaml"));

const own = readdirSync(join(folder, "definitions")).filter((name) => name.endsWith(".mjs"));
await registerModules(own.map((name) => moduleAddress(join(folder, "definitions", name))));

/** Numbers of YAML 1.1 (yaml.org/type/float.html, int.html): an exponent has a sign, and a point before it. */
const number = /^[-+]?(\d+|\d+\.\d*([eE][-+]\d+)?|\.\d+([eE][-+]\d+)?)$/;

it.each(examples)("%s is a specification, and holds the same numbers for a reader of YAML 1.1, such as PyYAML", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  expect(readSpecification(text, name).points.length).toBeGreaterThan(0);
  let numbers = 0;
  visit(parseDocument(text), {
    Scalar: (_, { value, source }) => {
      if (typeof value !== "number") return;
      expect(source).toMatch(number);
      numbers++;
    },
  });
  expect(numbers).toBeGreaterThan(0);
});
