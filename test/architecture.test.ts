import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { importsOf } from "../scripts/docs/imports.ts";
import { composeCheck, composeReadable, programNames } from "../src/gpu/compose.ts";
import { mappingOf } from "../src/gpu/mapping.ts";
import { columns, vectors } from "../src/model/columns.ts";
import { hold } from "../src/model/definitions.ts";
import { exitCodes } from "../src/model/errors.ts";
import { integrators } from "../src/model/integrators.ts";
import { type LossKind, losses } from "../src/model/losses.ts";
import { models } from "../src/model/models.ts";
import { noises } from "../src/model/noise.ts";
import { normalizers } from "../src/model/normalizers.ts";
import { optimizerKinds } from "../src/model/optimizers.ts";
import { schedules } from "../src/model/schedules.ts";
import { parseEnsemble } from "../src/model/specification.ts";
import { logitStarts, targets, valueStarts } from "../src/model/starts.ts";
import { endings } from "../src/model/status.ts";
import { shortKinds } from "../src/model/table.ts";
import { tallied } from "../src/model/tallies.ts";
import { series } from "../src/model/trajectory.ts";

const root = join(import.meta.dirname, "..");
const files = ["src", "shaders"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(tsx?|wgsl|css)$/.test(path))
    .map((path) => join(folder, path)),
);
const text = (path: string) => readFileSync(join(root, path), "utf8");

/**
 * What each folder of src/ imports from elsewhere in the project: folders before it in this list, the shaders, and three files directly
 * under src/. (The other files there are entries: they may import every folder.)
 */
const imports: Record<string, string[]> = {
  model: [],
  reference: ["model"],
  statistics: ["model"],
  gpu: ["model", "shaders"],
  verification: ["model", "reference"],
  ensemble: ["model", "reference", "statistics", "verification"],
  sweep: ["model", "statistics", "verification", "ensemble", "version.ts"],
  results: ["model", "statistics", "ensemble", "sweep", "version.ts"],
  report: ["model", "statistics", "verification", "ensemble", "sweep", "results"],
  library: ["model", "reference", "gpu", "verification", "ensemble", "sweep"],
  cli: [
    "model",
    "reference",
    "statistics",
    "gpu",
    "verification",
    "ensemble",
    "sweep",
    "results",
    "report",
    "node.ts",
    "modules.ts",
    "version.ts",
  ],
  lab: ["model", "statistics", "gpu", "verification", "ensemble", "sweep", "results", "report"],
};
/** Where node: modules may be imported: entries for Node, the command line, and what writes results. */
const node =
  /^src\/(node|dawn|indexNode|modules|remote|worker|encoder)\.ts$|^src\/cli\/|^src\/results\/(digest|durableFile|files|fileSystem|folder|lock|prepare|restore|stored|encoders|encoding)\.ts$/;
/** Where GPU types may be named: the engine, and what opens a device in Node. */
const gpu = /^src\/gpu\/|^src\/dawn\.ts$/;

describe("the folders of src/", () => {
  const folders = Object.keys(imports);
  const actual = importsOf(root);

  it("are those of the list above", () => {
    const nodes = [...actual.keys()].filter((name) => name.startsWith("src/") && !name.endsWith(".ts"));
    expect(nodes.sort()).toEqual(folders.map((folder) => `src/${folder}`).sort());
  });

  it.each(folders)("%s imports what the list says, and all of it", (folder) => {
    const names = [...(actual.get(`src/${folder}`) ?? [])].map((name) => name.replace(/^src\//, ""));
    expect(names.sort()).toEqual([...(imports[folder] as string[])].sort());
  });

  it.each(folders)("%s imports no folder that comes after it", (folder) => {
    const later = folders.slice(folders.indexOf(folder));
    expect((imports[folder] as string[]).filter((name) => later.includes(name))).toEqual([]);
  });
});

describe.each(files)("%s", (path) => {
  it("has at most 400 lines", () => expect(text(path).split("\n").length, "split it where it holds two ideas").toBeLessThanOrEqual(400));

  const twins = [...text(path).matchAll(/\bTwins?: (.*)/g)].map((match) => match[1] as string);
  if (twins.length > 0)
    it("names twins that exist", () => {
      for (const twin of twins) {
        const named = twin.match(/\b(?:src|shaders)\/[\w/.-]+\.(?:ts|wgsl)\b/g) ?? [];
        expect(named, twin).not.toEqual([]);
        // A file for each kind: the folder of these; that each kind has one is tested below.
        for (const name of named) expect(existsSync(join(root, /[A-Z]{4,}\./.test(name) ? dirname(name) : name)), name).toBe(true);
        for (const [, what, path = ""] of twin.matchAll(/(\w+) in (src\/[\w/.-]+\.ts)/g))
          expect(text(path), twin).toMatch(new RegExp(`export .*\\b${what}\\b`));
      }
    });

  if (!/\.tsx?$/.test(path)) return;
  it("imports node: modules, and names GPU types, only where that is allowed", () => {
    if (!node.test(path)) expect(text(path)).not.toMatch(/(?:from|import\(?) ?"node:/);
    if (!gpu.test(path)) expect(text(path)).not.toMatch(/\bGPU[A-Z]\w+/);
  });
});

/** What every JavaScript engine rounds exactly. Other functions of Math differ in the last bit from version to version. */
const exact = "abs ceil clz32 floor fround imul max min round sign sqrt trunc LN2 PI".split(" ");

/** What of Math, and which powers, TypeScript uses that are not the same everywhere. 2 ** k is, of a whole k. */
function inexactIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === "Math") {
      const { parent } = node;
      const isExact = ts.isPropertyAccessExpression(parent) && parent.expression === node && exact.includes(parent.name.text);
      if (!isExact) found.push(parent.getText());
    }
    if (ts.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      const isPower = kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
      if (isPower && node.left.getText() !== "2") found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.tsx", source, ts.ScriptTarget.Latest, true));
  return found;
}

describe("numbers do not depend on the JavaScript engine: src/model/mathematics.ts has exp, log, pow and the like", () => {
  // A report and the lab draw what they are given.
  const drawing = /^src\/(report|lab)\//;
  const computing = files.filter((path) => /\.tsx?$/.test(path) && !drawing.test(path));
  it.each(computing)("%s uses what is rounded exactly, and powers of 2", (path) => {
    expect(inexactIn(text(path))).toEqual([]);
  });

  it("and another function or power is found", () => {
    expect(inexactIn("const y = Math.exp(x) + Math.sqrt(x) - x ** 2; // Math.log")).toEqual(["Math.exp", "x ** 2"]);
    expect(inexactIn('x **= 0.5; const { log } = Math; Math["pow"](x, 2); xs.map(Math.log1p); globalThis.Math.tanh(2 ** -23);')).toEqual([
      "x **= 0.5",
      "{ log } = Math",
      'Math["pow"]',
      "Math.log1p",
      "globalThis.Math",
    ]);
  });
});

it("scripts import nothing from test/", () => {
  const scripts = readdirSync(join(root, "scripts"), { recursive: true, encoding: "utf8" }).filter((path) => /\.m?[jt]s$/.test(path));
  for (const path of scripts) expect(text(join("scripts", path)), path).not.toMatch(/(?:from|import\(?) "[^"]*\/test\//);
});

/** A table, the files that hold it, and how its kinds are named in shaders. */
interface ListedTable {
  kinds: string[];
  homes: string[];
  constant?: (kind: string) => string;
}
const upper = (kind: string) =>
  kind
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toUpperCase();
/** A column, a vector and a series of one quantity have one name. */
const results = ["src/model/columns.ts", "src/model/trajectory.ts", "src/model/tallies.ts"];
/** Columns whose names are also keys of a specification: in most files the name is not a column's. */
const ambiguous = ["loss", "steps", "time"];
const tables: Record<string, ListedTable> = {
  losses: { kinds: Object.keys(losses), homes: ["src/model/losses.ts"] },
  normalizers: { kinds: Object.keys(normalizers), homes: ["src/model/normalizers.ts"] },
  models: { kinds: Object.keys(models), homes: ["src/model/models.ts"] },
  integrators: { kinds: Object.keys(integrators), homes: ["src/model/integrators.ts"] },
  optimizers: { kinds: optimizerKinds, homes: ["src/model/optimizers.ts"] },
  schedules: { kinds: Object.keys(schedules), homes: ["src/model/schedules.ts"] },
  "starts of logits": { kinds: Object.keys(logitStarts), homes: ["src/model/starts.ts"] },
  "starts of values": { kinds: Object.keys(valueStarts), homes: ["src/model/starts.ts"] },
  targets: { kinds: [...new Set(Object.values(targets).flatMap((table) => Object.keys(table)))], homes: ["src/model/starts.ts"] },
  endings: { kinds: Object.keys(endings), homes: ["src/model/status.ts"], constant: (kind) => `STATUS_${upper(kind)}` },
  "exit codes": { kinds: Object.keys(exitCodes), homes: ["src/model/errors.ts"] },
  columns: {
    kinds: Object.keys(columns).filter((name) => !ambiguous.includes(name)),
    homes: results,
    constant: (name) => `COLUMN_${upper(name)}`,
  },
  vectors: { kinds: Object.keys(vectors), homes: results, constant: (name) => `VECTOR_${upper(name)}` },
  series: { kinds: Object.keys(series), homes: results, constant: (name) => `ENTRY_${upper(name)}_AT` },
  histograms: { kinds: Object.keys(tallied), homes: results },
};

/** Files, or folders, that may name three or more kinds of a table, and why. */
const exceptions: { path: string; of: string[]; why: string }[] = [
  { path: "src/reference/losses/index.ts", of: ["losses"], why: "the index of the twins" },
  { path: "src/reference/normalizers/index.ts", of: ["normalizers"], why: "the index of the twins" },
  { path: "src/reference/optimizers/index.ts", of: ["optimizers"], why: "the index of the twins" },
  { path: "src/reference/start.ts", of: ["starts of logits", "starts of values", "targets"], why: "draws a start of each kind" },
  {
    path: "src/gpu/starts.ts",
    of: ["starts of logits", "starts of values"],
    why: "writes what a start of each kind has in common in all runs",
  },
  {
    path: "src/model/checks.ts",
    of: ["starts of logits", "starts of values", "targets"],
    why: "checks what is given, and the logits of starts that are not random",
  },
  { path: "src/reference/", of: ["columns", "vectors", "series", "histograms"], why: "computes them, as the twin of shaders/observables" },
  { path: "src/verification/choices.ts", of: ["columns", "vectors"], why: "says by what each choice is decided" },
  { path: "shaders/observables/", of: ["columns", "vectors", "series"], why: "computes them" },
  { path: "shaders/statistics/reduce.wgsl", of: ["columns"], why: "looks at them beside the column that it counts" },
  { path: "src/statistics/sinks.ts", of: ["columns"], why: "counts sinks and ties" },
  { path: "shaders/flow.wgsl", of: ["endings"], why: "decides how a run ends" },
  {
    path: "src/model/definitions.ts",
    of: ["targets", "vectors", "series"],
    why: "says which targets a definition may have by default, and what a column of one's own sees of an end",
  },
  { path: "src/model/states.ts", of: ["vectors", "series"], why: "makes random ends for columns of one's own" },
  { path: "src/cli/program.ts", of: ["exit codes"], why: "says with which of them each command can end" },
  { path: "src/report/figures/fans.ts", of: ["histograms"], why: "says how each is drawn; its type demands all of them" },
  { path: "src/report/paper/normalizers.ts", of: ["normalizers"], why: "compares the normalizers that the paper compares" },
  { path: "src/report/questions/", of: ["columns", "vectors", "histograms"], why: "says what of runs its analyses are of" },
  { path: "src/lab/settings.ts", of: ["normalizers"], why: "names the normalizers of experiments to begin with" },
  { path: "src/report/paper/tied.ts", of: ["columns", "series"], why: "draws the quantities that the paper draws" },
];

/** The strings and the keys of objects and of types in TypeScript. */
function namesIn(source: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) names.add(node.text);
    const isKey = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) || ts.isPropertySignature(node);
    if (isKey && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.tsx", source, ts.ScriptTarget.Latest));
  return names;
}

/** The tables of which a file names three kinds or more, with these kinds. */
function listsIn(path: string, source: string): { table: string; kinds: string[] }[] {
  const isShader = path.endsWith(".wgsl");
  const names = isShader ? new Set(source.replace(/\/\/.*$/gm, "").match(/\w+/g)) : namesIn(source);
  return Object.entries(tables).flatMap(([table, { kinds, homes, constant }]) => {
    if (homes.includes(path)) return [];
    const named = kinds.filter((kind) => (isShader ? constant !== undefined && names.has(constant(kind)) : names.has(kind)));
    return named.length < 3 ? [] : [{ table, kinds: named }];
  });
}

describe("a list of kinds or columns is written in its table alone", () => {
  const found = files
    .filter((path) => /\.(tsx?|wgsl)$/.test(path))
    .flatMap((path) => listsIn(path, text(path)).map((list) => ({ path, ...list })));
  const isExcepted = (path: string, table: string) =>
    exceptions.some((exception) => path.startsWith(exception.path) && exception.of.includes(table));

  it("in src/ and shaders/, except where a reason is given", () => {
    expect(found.filter(({ path, table }) => !isExcepted(path, table))).toEqual([]);
  });

  it("and every exception is still needed", () => {
    for (const { path, why } of exceptions)
      expect(
        found.map((list) => list.path).some((name) => name.startsWith(path)),
        `${path}, which ${why}`,
      ).toBe(true);
  });

  it("and a list elsewhere is found", () => {
    expect(listsIn("src/a.ts", 'const fixed = ["euler", "heun", "rk4"];')).toEqual([
      { table: "integrators", kinds: ["euler", "heun", "rk4"] },
    ]);
    expect(listsIn("src/a.ts", 'type Colors = { softmax: string; "sigmoid-norm": string; l1: string };')).toMatchObject([
      { table: "normalizers" },
    ]);
    expect(listsIn("src/a.ts", "const row = { sinkShare, entropy, shortfall };").map(({ table }) => table)).toContain("columns");
    expect(listsIn("shaders/a.wgsl", "x[COLUMN_SINK] = x[COLUMN_ENTROPY] + x[COLUMN_SHORTFALL];")).toMatchObject([{ table: "columns" }]);
    expect(listsIn("src/a.ts", 'if (loss === "logistic" || loss === "square") return; // exponential')).toEqual([]);
  });
});

it("every shader is used, and every kind has its files", () => {
  const inWorkgroup = { count: 2, subgroupLanes: 1 };
  const ways = [
    {},
    { reduce: false },
    { lanes: { count: 2, subgroupLanes: 2 } },
    { lanes: inWorkgroup },
    { reduce: false, lanes: { ...inWorkgroup, count: 4, memory: true } },
  ];
  const programsOf = (specification: object) => {
    const ensemble = parseEnsemble({ tokens: 2, ...specification });
    return ways
      .flatMap((way) =>
        programNames.map((program) => composeReadable(ensemble, program, mappingOf(ensemble, way, { subgroup: 2, isGpu: true }))),
      )
      .join("\n");
  };
  const own = { kind: "own", aim: "margin", wgsl: "", value: () => 0, slope: () => 0 } as const;
  const release = hold([{ definition: own, hash: "" }]);
  const defined = parseEnsemble({ tokens: 2, loss: "own" });
  const checks = (["loss", "normalizer", "column"] as const).map((axis) => composeCheck(defined, axis, mappingOf(defined)));
  release();
  const used = Object.keys(losses)
    .flatMap((loss) => {
      const kinds = shortKinds(targets[losses[loss as LossKind].target]);
      const compositions = Object.keys(normalizers).map((normalizer) => ({ loss, normalizer }));
      return [...compositions, ...kinds.map((target) => ({ loss, target }))].map(programsOf);
    })
    .concat(
      programsOf({ target: { kind: "given", vector: [1, 0] } }),
      programsOf({ until: { clock: 1 } }),
      ...Object.keys(models).map((model) => programsOf({ model })),
      programsOf({ loss: "square", dim: 8 }),
      programsOf({ decay: { values: 0.1 } }),
      programsOf({ record: { tippingTime: true, fragility: true } }),
      ...["cross-entropy", "regression"].map((loss) => programsOf({ loss, record: { fragility: true } })),
      ...Object.keys(noises).map((noise) => programsOf({ integrator: "heun", loss: "regression", noise })),
      ...optimizerKinds.map((kind) => programsOf({ optimizer: { kind, learningRate: 0.1 } })),
      ...Object.keys(schedules).map((kind) => {
        const end = kind === "constant" ? {} : { to: 0, steps: 10 };
        return programsOf({ optimizer: { kind: "sign", learningRate: { kind, from: 0.1, ...end } } });
      }),
    )
    .concat(checks)
    .join("\n");
  const missing = files.filter((file) => file.startsWith("shaders/") && file.endsWith(".wgsl") && !used.includes(`// ${file}`));
  expect(missing).toEqual([]);
});
