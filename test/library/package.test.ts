import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { rewrite } from "../../scripts/build/packedDocs.mjs";
import { replacements, silence } from "../../scripts/build/replacements.mjs";
import { bare, withoutComments } from "../../scripts/build/wgsl.mjs";
import { packagesOf } from "../../scripts/docs/licenses.ts";
import { openChromium } from "../../scripts/drivers/chromium.mjs";
import * as mathematics from "../../src/model/mathematics.ts";
import { jsonSchema } from "../../src/model/schema.ts";

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
const { optionalDependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
symlinkSync(installed, join(folder, "node_modules/sinkflow"));
mkdirSync(join(installed, "node_modules"));
for (const name of Object.keys({ ...optionalDependencies, ...peerDependencies })) {
  mkdirSync(join(installed, "node_modules", name, ".."), { recursive: true });
  symlinkSync(join(root, "node_modules", name), join(installed, "node_modules", name));
}

it("the library for pages has every shader, in index.js and what that imports", () => {
  const entry = readFileSync(join(installed, "dist/index.js"), "utf8");
  const parts = [...entry.matchAll(/from ?"\.\/([\w-]+\.js)"/g)].map(([, name]) =>
    readFileSync(join(installed, "dist", name as string), "utf8"),
  );
  const text = [entry, ...parts].join("\n");
  const shaders = readdirSync(join(root, "shaders"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".wgsl"));
  expect(shaders.length).toBeGreaterThan(90);
  expect(shaders.filter((name) => !text.includes(`"${name}"`))).toEqual([]);
});

it("the package holds what is needed, in less than a megabyte", () => {
  expect(size).toBeLessThan(1e6);
  const folders = new Set(files.map(({ path }) => path.replace(/\/.*/, "")));
  expect([...folders].sort()).toEqual(["CITATION.cff", "LICENSE", "README.md", "dist", "docs", "examples", "package.json"]);
});

it("its documents link to what it holds, and to https", () => {
  const paths = files.map(({ path }) => path);
  const markdown = () =>
    paths.filter((path) => path.endsWith(".md")).map((path) => [path, readFileSync(join(installed, path), "utf8")] as const);
  /** Links to files that are not there. */
  const dead = () =>
    markdown().flatMap(([path, text]) =>
      [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
        .map(([, link = ""]) => link)
        .filter((link) => !link.startsWith("https:") && !existsSync(join(installed, dirname(path), link)))
        .map((link) => `${path}: ${link}`),
    );
  // The tarball of this test is packed without scripts: what prepack does comes here.
  expect(dead().length).toBeGreaterThan(20);
  rewrite(installed, paths);
  expect(dead()).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(scripts.prepack).toMatch(/packedDocs\.mjs pack$/);
  expect(scripts.postpack).toMatch(/packedDocs\.mjs restore$/);
  const [readme = "", index = ""] = ["README.md", "docs/README.md"].map((path) => readFileSync(join(installed, path), "utf8"));
  expect(readme).toMatch(/^\*The lab.*\* \(`docs\/lab\/light\.png` in the repository\)$/m);
  expect(index).toContain("a map of the code (`docs/architecture.md` in the repository)");
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

const program = `import { defineColumn, defineLoss, defineNormalizer, defineStatistic, simulate, simulateChunks, SpecificationError, verify, type SimulateOptions, type Specification } from "sinkflow";
import { arrowTable } from "sinkflow/arrow";
const specification: Specification<"own"> = { tokens: 4, runs: 8, loss: "own", until: { time: 1 }, grid: { normalizer: ["softmax", { kind: "softmax", temperature: 2 }], "values.scale": [1] } };
const own = defineLoss({ kind: "own", aim: "margin", wgsl: "", value: (m) => m * m, slope: (m) => 2 * m });
const entropy = defineColumn({ name: "ownEntropy", says: "the loss again", wgsl: "loss", value: ({ loss, weights }) => loss + 0 * weights.length });
const { points } = await simulate({ ...specification, record: { columns: ["ownEntropy"] } }, { define: [own, entropy], onProgress: (done) => done.toFixed(2) });
for (const { columns } of points) { const mean: number | undefined = columns?.["ownEntropy"]?.mean; void mean; }
for (const { parameters, polarized } of points) console.log(parameters, polarized?.share); // as README.md has it
for (const { sink, rows, entropy } of points) { const counts: number[] = sink.counts; counts.push(entropy?.median ?? 0, rows.entropy[0] ?? 0, rows.ownEntropy?.length ?? 0); }
for (const { rows } of points) { const tokens: Int32Array = rows.sink; const steps: Uint32Array = rows.steps; const numbers: Float32Array | Float64Array = rows.loss; void [tokens, steps, numbers, rows.loss.filter((x) => x > 1)]; }
// @ts-expect-error a misspelt column
points[0]?.rows.entropie;
// @ts-expect-error a column that is there only when asked for
points[0]?.rows.tippingTime.length;
// @ts-expect-error a misspelt column of a chunk
defineStatistic({ of: ({ rows }) => rows.stepps.length, merge: (a: number, b: number) => a + b });
// @ts-expect-error an unknown key of a definition
defineLoss({ kind: "own", aim: "margin", wgsl: "", value: (m) => m * m, slope: (m) => 2 * m, gradient: 1 });
// @ts-expect-error an unknown key of a definition
defineNormalizer({ kind: "own", wgsl: "", forward: (a) => a, pullback: (_a, _p, c) => c, pulback: 1 });
defineLoss({ kind: "own", aim: "output", wgsl: "", value: (y, beta) => y.length + beta.length, gradient: (y) => y });
// @ts-expect-error what is verified against the reference is no device
verify(specification, { define: [own], engine: "cpu" });
const { verification } = await verify(specification, { define: [own], runs: 2, signal: AbortSignal.timeout(9) });
if (verification && verification.exceeded > 0) throw new SpecificationError("no", ["runs"]);
const size = defineStatistic({ of: ({ count }) => count, merge: (a, b) => a + b });
const chunks = simulateChunks(specification, { define: [own], statistics: { size } });
for await (const chunk of chunks) { const [first = 0] = chunk.rows.entropy; void first; const columns: number = (await arrowTable(chunk)).numCols + chunk.first; void columns; }
for (const { statistics } of (await chunks.summary()).points) { const runs: number = statistics.size; void runs; }
// @ts-expect-error a statistic's value of another type
const mistaken: string | undefined = (await simulate(specification, { define: [own], statistics: { size } })).points[0]?.statistics.size;
// @ts-expect-error a wrong type of a key
const wrong: Specification = { tokens: "four" };
// @ts-expect-error a value of a kind that it has not
const badRange: Specification = { tokens: 4, train: "nothing" };
// @ts-expect-error two ends of a run
simulate({ tokens: 4, until: { time: 1, steps: 2 } });
simulate({ tokens: 4, until: { time: 1, maxSteps: 2 } });
// @ts-expect-error a misspelt loss
simulate({ tokens: 4, loss: "logistics" });
// @ts-expect-error a misspelt normalizer
simulate({ tokens: 4, normalizer: { kind: "softmaks" } });
// @ts-expect-error a misspelt kind in a grid
simulate({ tokens: 4, grid: { normalizer: ["softmax", "sigmoit"] } });
// @ts-expect-error a misspelt kind under a dotted key
simulate({ tokens: 4, grid: { "normalizer.kind": ["softmaks"] } });
// @ts-expect-error an unknown key of a grid
simulate({ tokens: 4, grid: { normaliser: ["softmax"] } });
// @ts-expect-error an unknown dotted key of a grid
simulate({ tokens: 4, grid: { "values.size": [1] } });
// @ts-expect-error a loss that is defined nowhere
simulate(specification, { define: [entropy] });
const sure = defineNormalizer({ kind: "sure", wgsl: "", forward: (a) => a, pullback: (_a, _p, c) => c });
simulate({ tokens: 4, grid: { loss: ["own", { kind: "own" }, "square"], "normalizer.kind": ["sure", "softmax"] } }, { define: [own, sure] });
// @ts-expect-error a misspelt kind beside those of one's own
simulate({ tokens: 4, loss: "owm" }, { define: [own, sure] });
simulate({ tokens: 4, loss: "whatever-the-module-defines" }, { define: ["./own.mjs", own] });
const options: SimulateOptions = { define: [own] };
simulate({ tokens: 4, loss: "own" }, options);
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

describe("a page of five lines", () => {
  // An optimizer, which no page of the lab has. A browser's driver on the CPU compiles a small program in seconds.
  const page = `import { simulate } from "sinkflow";
    const { engine, points, verification } = await simulate({ tokens: 2, dim: 2, runs: 64, optimizer: { kind: "sign", learningRate: 0.1 }, until: { steps: 20 } })
      .catch((error) => ({ engine: String(error), points: [] }));
    document.title = JSON.stringify({ engine, exceeded: verification?.exceeded, counts: points[0]?.sink.counts });`;
  const bundled = (splitting: boolean) =>
    build({
      stdin: { contents: page, resolveDir: folder, sourcefile: "page.js" },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false,
      metafile: true,
      splitting,
      outdir: "/",
    });
  const built = bundled(true);

  it("is bundled; what it begins with has less than 91 kB", async () => {
    const { outputFiles, warnings, metafile } = await built;
    expect(warnings).toEqual([]);
    expect(outputFiles.map(({ text }) => text).join()).not.toMatch(/\bfrom ?"node:|require\("node:/);
    const parts = new Map(Object.entries(metafile.outputs).map(([path, part]) => [basename(path), part]));
    const first = new Set(["stdin.js"]);
    for (const name of first)
      for (const { kind, path } of parts.get(name)?.imports ?? []) if (kind === "import-statement") first.add(basename(path));
    expect(first.size).toBeLessThan(outputFiles.length);
    const sizes = outputFiles.map(({ path, contents }) => ({ name: basename(path), size: gzipSync(contents).length }));
    const sum = (of: typeof sizes) => of.reduce((sum, { size }) => sum + size, 0);
    expect(sum(sizes.filter(({ name }) => first.has(name)))).toBeLessThan(maxFirst);
    const [whole] = (await bundled(false)).outputFiles;
    expect(gzipSync(whole?.contents ?? "").length).toBeLessThan(maxPage);
  });

  it("runs in a browser with WebGPU", async () => {
    const { outputFiles } = await built;
    const server = createServer(({ url = "" }, response) => {
      const script = outputFiles.find(({ path }) => basename(path) === basename(url));
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      response.end(script?.text ?? '<link rel="icon" href="data:,"><script type="module" src="stdin.js"></script>');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const browser = await openChromium();
    try {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await tab.waitForFunction('document.title !== ""', undefined, { timeout: 90_000 });
      const { engine, exceeded, counts } = JSON.parse(await tab.title());
      expect({ engine, exceeded }).toEqual({ engine: "webgpu", exceeded: 0 });
      expect(counts[0] + counts[1]).toBe(64);
    } finally {
      await browser.close();
      server.close();
    }
  });
});
/** Bytes of what the page begins with, compressed, and of all of it in one file. The texts of shaders are 27 kB of both. */
const [maxFirst, maxPage] = [91_000, 117_000];

describe("what bundles have in place of the source", () => {
  /** A module as bundles have it. */
  const bundledModule = async <Module>(path: string): Promise<Module> => {
    const { outputFiles } = await build({
      entryPoints: [join(root, path)],
      bundle: true,
      format: "esm",
      write: false,
      plugins: [...replacements, silence],
    });
    return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`) as Promise<Module>;
  };

  it("keys and kinds are the same, without what is said of them", async () => {
    const theirs = (await bundledModule<{ jsonSchema: typeof jsonSchema }>("src/model/schema.ts")).jsonSchema();
    const withoutWords = (schema: object) =>
      JSON.parse(JSON.stringify(schema), (key, value) => (key === "description" && typeof value === "string" ? undefined : value));
    expect(withoutWords(theirs)).toEqual(withoutWords(jsonSchema()));
    expect(JSON.stringify(jsonSchema())).toContain("number of tokens");
    expect(JSON.stringify(theirs)).not.toContain("number of tokens");
  });

  it("functions of stdlib give the same bits", async () => {
    const [ours, theirs] = [{ ...mathematics }, await bundledModule<typeof mathematics>("src/model/mathematics.ts")];
    const inputs = Array.from({ length: 2000 }, (_, i) => Math.sin(i) * 10 ** ((i % 61) - 30));
    for (const name of ["exp", "expm1", "log", "log1p", "sin", "cos"] as const)
      expect(
        inputs.filter((x) => !Object.is(theirs[name](x), ours[name](x))),
        name,
      ).toEqual([]);
    expect(inputs.filter((x) => !Object.is(theirs.pow(Math.abs(x), x / 3), ours.pow(Math.abs(x), x / 3)))).toEqual([]);
  });

  it("shaders have the same tokens", () => {
    const tokens = (text: string) =>
      text.replace(/\/\/.*$/gm, "").match(/[\w.]+|<<=|>>=|[-+*/%&|^<>=!]=|&&|\|\||\+\+|--|->|<<|>>|[^\s\w]/g);
    for (const name of readdirSync(join(root, "shaders"), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".wgsl")) continue;
      const text = readFileSync(join(root, "shaders", name), "utf8");
      // The unroller reads these lines as they are.
      const marked = (lines: string) => lines.match(/^.*\/\/ unroll$/gm)?.map((line) => line.trim());
      for (const made of [bare(text), withoutComments(text)]) {
        expect(tokens(made), name).toEqual(tokens(text));
        expect(marked(made), name).toEqual(marked(text));
        expect(made.replace(/\/\/ unroll$/gm, ""), name).not.toContain("//");
      }
    }
  });
});

describe("without the packages that may be left out", () => {
  const alone = join(folder, "alone");
  const at = join(alone, "node_modules/sinkflow");
  cpSync(installed, at, { recursive: true, filter: (path) => path !== join(installed, "node_modules") });
  const run = (...args: string[]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, args, {
      cwd: alone,
      encoding: "utf8",
      input: "tokens: 2\nruns: 4\nuntil: {time: 1}",
    });
    return { stdout, stderr, status };
  };
  const cli = (...args: string[]) => run(join(at, "dist/cli.js"), ...args);

  it("the CPU computes, WebGPU is asked for in vain, and nothing is begun that ends in figures", () => {
    expect(cli("run", "-", "--json")).toMatchObject({ status: 0, stdout: expect.stringContaining('"engine":"cpu"') });
    const { status, stderr } = cli("run", "-", "--engine", "webgpu");
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr:
        "sinkflow: --engine: expected a WebGPU adapter for webgpu, got none without the package webgpu (npm install without --omit=optional installs it); --engine cpu needs none. Nothing was written.\n",
    });
    expect(cli("run", "-", "--out", "results")).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "sinkflow: --out: expected the packages that draw figures, got none of linkedom, @resvg/resvg-js, dejavu-fonts-ttf (npm install without --omit=optional installs it). Nothing was written.\n",
    });
    expect(readdirSync(alone)).toEqual(["node_modules"]);
  });

  it("the library computes on the CPU, and says what a table of Arrow needs", () => {
    const program = `import { simulate } from "sinkflow"; import { arrowTable } from "sinkflow/arrow";
      const { engine, points } = await simulate({ tokens: 2, runs: 4, until: { time: 1 } });
      console.log(engine, await arrowTable(points[0]).catch((error) => error.name + ": " + error.message));`;
    expect(run("--input-type=module", "-e", program)).toMatchObject({
      status: 0,
      stderr: "",
      stdout: expect.stringMatching(
        /^cpu SinkflowError: arrowTable: expected the package apache-arrow to be installed \(npm install apache-arrow\), got: Cannot find package 'apache-arrow'/,
      ),
    });
  });
});
