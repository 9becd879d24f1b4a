import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { packagesOf } from "../../scripts/docs/licenses.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "sinkflow-package-"));
afterAll(() => rmSync(folder, { recursive: true }));

// What `npm pack` makes beside dist/, which is there.
execFileSync(process.execPath, ["scripts/build/types.mjs"], { cwd: root });
const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" });
const [{ size, filename, files }] = JSON.parse(packed) as [{ size: number; filename: string; files: { path: string }[] }];
mkdirSync(join(folder, "node_modules"));
execFileSync("tar", ["xzf", join(folder, filename), "-C", join(folder, "node_modules")]);
const installed = join(folder, "node_modules/package");
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
symlinkSync(installed, join(folder, "node_modules/sinkflow"));
mkdirSync(join(installed, "node_modules"));
for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
  mkdirSync(join(installed, "node_modules", name, ".."), { recursive: true });
  symlinkSync(join(root, "node_modules", name), join(installed, "node_modules", name));
}

it("the package holds what is needed, in less than a megabyte", () => {
  expect(size).toBeLessThan(1e6);
  const folders = new Set(files.map(({ path }) => path.replace(/\/.*/, "")));
  expect([...folders].sort()).toEqual(["LICENSE", "README.md", "dist", "examples", "package.json"]);
});

it("publint and attw find nothing wrong with it", async () => {
  const bytes = new Uint8Array(readFileSync(join(folder, filename)));
  const { messages } = await publint({ pack: { tarball: bytes.buffer }, strict: true });
  // The owner of the project fills these in: CONTRIBUTING.md, "To publish".
  expect(messages.filter(({ code }) => !/REPOSITORY/.test(code))).toEqual([]);
  const analysis = await checkPackage(createPackageFromTarballData(bytes));
  // It is an ES module alone: to import it by require, or by what was before `exports`, was never meant.
  const problems = analysis.types ? analysis.problems : "no types";
  expect(
    [problems]
      .flat()
      .filter(
        (problem) => !(typeof problem === "object" && "resolutionKind" in problem && /^node(10|16-cjs)$/.test(problem.resolutionKind)),
      ),
  ).toEqual([]);
});

it("what is built into it has its licence there, and what is installed with it is in its bill of materials", () => {
  const text = readFileSync(join(installed, "dist/licenses.txt"), "utf8");
  const built = [...text.matchAll(/^(\S+) \d\S* \(.+\)$/gm)].map(([, name]) => name);
  const used = packagesOf(root);
  expect(built.filter((name) => !used.some((one) => one.name === name))).toEqual([]);
  expect(built).toEqual(expect.arrayContaining(["zod", "commander", "preact"]));
  expect(text).not.toContain("has no text of its licence");
  const bill = JSON.parse(execFileSync("npm", ["run", "-s", "sbom"], { cwd: root, encoding: "utf8" }));
  const names = (bill.components as { group?: string; name: string }[]).map(({ group, name }) => (group ? `${group}/${name}` : name));
  expect([...new Set(names)].sort()).toEqual(used.filter(({ installed }) => installed).map(({ name }) => name));
});

const program = `import { defineLoss, defineStatistic, simulate, simulateChunks, SpecificationError, verify, type Specification } from "sinkflow";
import { arrowTable } from "sinkflow/arrow";
const specification: Specification = { tokens: 4, runs: 8, loss: "own", until: { time: 1 }, grid: { normalizer: ["softmax", { kind: "softmax", temperature: 2 }], "values.scale": [1] } };
const own = defineLoss({ kind: "own", aim: "margin", wgsl: "", value: (m) => m * m, slope: (m) => 2 * m });
const { points } = await simulate(specification, { define: [own], onProgress: (done) => done.toFixed(2) });
for (const { sink, rows, entropy } of points) { const counts: number[] = sink.counts; counts.push(entropy?.median ?? 0, rows["entropy"]?.[0] ?? 0); }
const { verification } = await verify(specification, { runs: 2, signal: AbortSignal.timeout(9) });
if (verification && verification.exceeded > 0) throw new SpecificationError("no", ["runs"]);
const size = defineStatistic({ of: ({ count }) => count, merge: (a, b) => a + b });
const chunks = simulateChunks(specification, { statistics: { size } });
for await (const chunk of chunks) { const columns: number = (await arrowTable(chunk)).numCols + chunk.first; void columns; }
for (const { statistics } of (await chunks.summary()).points) { const runs: number | undefined = statistics?.size; void runs; }
// @ts-expect-error a statistic's value of another type
const mistaken: string | undefined = (await simulate(specification, { statistics: { size } })).points[0]?.statistics?.size;
// @ts-expect-error a wrong type of a key
const wrong: Specification = { tokens: "four" };
// @ts-expect-error a value of a kind that it has not
const badRange: Specification = { tokens: 4, train: "nothing" };
export { wrong, badRange, mistaken };
`;

describe("a TypeScript program has its types", () => {
  writeFileSync(join(folder, "program.ts"), program);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  it.each([
    ["nodenext", ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
    ["bundler", ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  ])("with moduleResolution %s", (_, module, moduleResolution) => {
    const options: ts.CompilerOptions = {
      module,
      moduleResolution,
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2023,
      types: [],
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    };
    const errors = ts.getPreEmitDiagnostics(ts.createProgram([join(folder, "program.ts")], options));
    expect(errors.map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`)).toEqual([]);
  });
});

it("a page of five lines is bundled", async () => {
  const page = `import { simulate } from "sinkflow";
    const { points } = await simulate({ tokens: 8, runs: 256 });
    document.body.textContent = String(points[0].sink.counts);`;
  const { outputFiles, warnings } = await build({
    stdin: { contents: page, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  expect(warnings).toEqual([]);
  const [bundle] = outputFiles;
  expect(bundle?.text).not.toMatch(/\bfrom ?"node:|require\("node:/);
  expect(gzipSync(bundle?.contents ?? "").length).toBeLessThan(maxPage);
});
/** Bytes of the page, compressed: its shaders have 24 kB of them, zod 28, exact intervals 38. */
const maxPage = 165_000;
