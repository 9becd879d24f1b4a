import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import shaders from "sinkflow:shaders";
import { describe, expect, it } from "vitest";
import * as certificate from "../scripts/accuracy/certificate.ts";
import { document, withBlock } from "../scripts/accuracy/kept.ts";
import { planted, tests } from "../scripts/mutants/fault.ts";
import { faults, withoutFormula } from "../scripts/mutants/faults.ts";
import { specifications } from "../scripts/mutants/specifications.ts";
import { everyFault, kept, nameOf, tableOf } from "../scripts/mutants/table.ts";
import { composeReadable, programNames } from "../src/gpu/compose.ts";
import { mappingOf } from "../src/gpu/mapping.ts";
import { parseEnsemble } from "../src/model/specification.ts";

const root = join(import.meta.dirname, "..");
const names = Object.keys(specifications) as (keyof typeof specifications)[];

/** The programs of a specification on a driver on the CPU, with subgroups as large as lavapipe's. */
const programsOf = Object.fromEntries(
  names.map((name) => {
    const ensemble = parseEnsemble(specifications[name]);
    const mapping = mappingOf(ensemble, {}, { subgroup: 8, isGpu: false });
    return [name, programNames.map((program) => composeReadable(ensemble, program, mapping)).join("\n")];
  }),
);

describe("the planted faults", () => {
  it.each(everyFault)("$file: $says: changes a text that is there once, in a file that its specification runs", ({ file, ...fault }) => {
    const text = shaders[file] as string;
    expect(planted(file, text, fault)).not.toBe(text);
    expect(programsOf[fault.runs]).toContain(`// shaders/${file}\n`);
  });

  it("are refused where their text is missing, or is there twice", () => {
    const fault = { says: "two", from: "1.0", to: "2.0" };
    expect(() => planted("a.wgsl", "let x = 3.0;", fault)).toThrow("exactly once, got it 0 times: 1.0");
    expect(() => planted("a.wgsl", "let x = 1.0 + 1.0;", fault)).toThrow("exactly once, got it 2 times: 1.0");
  });

  it("are in every shader that has a formula, and not all of a file's are equivalent", () => {
    const planted = Object.keys(faults).filter((file) => faults[file]?.some(({ equivalent }) => equivalent === undefined));
    const files = readdirSync(join(root, "shaders"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".wgsl"));
    expect([...planted, ...Object.keys(withoutFormula)].sort()).toEqual(files.sort());
  });

  it("use every specification and every test, and these tests exist", () => {
    expect([...new Set(everyFault.map(({ runs }) => runs))].sort()).toEqual([...names].sort());
    expect([...new Set(everyFault.map(({ test }) => test))].sort()).toEqual(Object.keys(tests).sort());
    for (const { file } of Object.values(tests)) expect(existsSync(join(root, file)), file).toBe(true);
  });
});

describe("the tables of docs/accuracy.md", () => {
  const text = readFileSync(join(root, document), "utf8");
  it("are of the results that are kept, of faults and cases that there are", () => {
    expect(withBlock(text, "mutants", tableOf(kept.all()))).toBe(text);
    expect(withBlock(text, certificate.block, certificate.tablesOf(certificate.kept.all()))).toBe(text);
    expect(everyFault.map(nameOf)).toEqual(expect.arrayContaining(Object.keys(kept.all())));
    const names = certificate.cases().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(certificate.kept.all()).map((key) => key.split(" | ")[1])));
  });
  it("are written between marks that the document has, and nowhere else", () => {
    expect(withBlock("a\n<!-- measured: x -->\nold\n<!-- /measured -->\nb", "x", "new")).toBe(
      "a\n<!-- measured: x -->\n\nnew\n\n<!-- /measured -->\nb",
    );
    expect(() => withBlock("a", "x", "new")).toThrow("expected the marks <!-- measured: x -->");
  });
});
