import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import type { LossKind } from "../src/model/losses.ts";

const root = join(import.meta.dirname, "..");
const files = ["src", "shaders"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(tsx?|wgsl|css)$/.test(path))
    .map((path) => join(folder, path)),
);
const text = (path: string) => readFileSync(join(root, path), "utf8");

/** Which folders of src/ each may import from, besides itself; files directly under src/ are entries. */
const allowed: Record<string, string[]> = {
  model: [],
  reference: ["model"],
  gpu: ["model"],
  statistics: ["model"],
  ensemble: ["model", "reference", "gpu", "statistics"],
  sweep: ["model", "ensemble", "statistics"],
  report: ["model", "ensemble", "statistics", "sweep"],
  cli: ["model", "reference", "gpu", "statistics", "ensemble", "sweep", "report"],
  lab: ["model", "gpu", "statistics", "ensemble", "sweep", "report"],
};
/** Where node: modules may be imported: entries, the command line, and what writes results. */
const node = /^src\/(node|worker|writer)\.ts$|^src\/cli\/|^src\/sweep\/(durableFile|folder|tablesWriter)\.ts$/;
/** Entries that a folder may import: the version by all, the Node entry by the command line. */
const entries = (folder: string) => (folder === "cli" ? ["version.ts", "node.ts"] : ["version.ts"]);

describe.each(files)("%s", (path) => {
  it("has at most 400 lines", () => expect(text(path).split("\n").length).toBeLessThanOrEqual(400));

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
  const imports = [...text(path).matchAll(/(?:from|import) "([^"]+)"/g)].map((match) => match[1] as string);
  const folder = path.split("/")[1] as string;
  it("imports only the way the architecture points", () => {
    for (const from of imports.filter((name) => name.startsWith("."))) {
      const target = normalize(join(dirname(path), from));
      if (!allowed[folder]) continue; // an entry sees all
      const [, other = "", inner] = target.split("/");
      if (inner === undefined) expect(entries(folder)).toContain(other);
      else expect([folder, ...allowed[folder]], `${path} imports ${from}`).toContain(other);
    }
    expect(path.startsWith("src/") && imports.some((name) => name.startsWith("node:")) ? node.test(path) : true).toBe(true);
  });
  if (folder !== "gpu" && !["src/dawn.ts", "src/cli/devices.ts", "src/lab/space/renderer.ts"].includes(path))
    it("sees no GPU types", () => expect(text(path)).not.toMatch(/\bGPU[A-Z]\w+/));
});

it("scripts import nothing from test/", () => {
  const scripts = readdirSync(join(root, "scripts"), { recursive: true, encoding: "utf8" }).filter((path) => /\.m?[jt]s$/.test(path));
  for (const path of scripts) expect(text(join("scripts", path)), path).not.toMatch(/(?:from|import\(?) "[^"]*\/test\//);
});

it("every shader is used, and every kind has its files", async () => {
  const { composeReadable, programNames } = await import("../src/gpu/compose.ts");
  const { parseEnsemble: parsePoint } = await import("../src/model/specification.ts");
  const { targets } = await import("../src/model/starts.ts");
  const { shortKinds } = await import("../src/model/table.ts");
  const { losses } = await import("../src/model/losses.ts");
  const { normalizers } = await import("../src/model/normalizers.ts");
  const { mappingOf } = await import("../src/gpu/mapping.ts");
  const far = { count: 2, subgroupLanes: 1 };
  const ways = [
    {},
    { reduce: false },
    { lanes: { count: 2, subgroupLanes: 2 } },
    { lanes: far },
    { reduce: false, lanes: { ...far, memory: true } },
  ];
  const both = (s: object) => {
    const ensemble = parsePoint({ tokens: 2, ...s });
    return ways
      .flatMap((way) =>
        programNames.map((program) => composeReadable(ensemble, program, mappingOf(ensemble, way, { subgroup: 2, isGpu: true }))),
      )
      .join("\n");
  };
  const used = Object.keys(losses)
    .flatMap((loss) => {
      const kinds = shortKinds(targets[losses[loss as LossKind].target]);
      const compositions = Object.keys(normalizers).map((normalizer) => ({ loss, normalizer }));
      return [...compositions, ...kinds.map((target) => ({ loss, target }))].map(both);
    })
    .concat(
      both({ target: { kind: "given", vector: [1, 0] } }),
      both({ until: { clock: 1 } }),
      both({ model: "tied" }),
      both({ loss: "square", dim: 8 }),
    )
    .join("\n");
  const missing = files.filter((file) => file.startsWith("shaders/") && file.endsWith(".wgsl") && !used.includes(`// ${file}`));
  expect(missing).toEqual([]);
});
