import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { codeList, markdownTable } from "./markdown.ts";

/** Which nodes each node imports. A node is a folder of src/, a file directly under src/, or shaders, scripts or test. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>;

const imported = /(?:\bfrom|\bimport\(|\bimport) ?"([^"]+)"/g;

function nodeOf(path: string): string {
  const [top = "", second = "", third] = path.split("/");
  return top === "src" && third !== undefined ? `src/${second}` : top === "src" ? path : top;
}

/** What the module specifier in a file leads to: a path of the project, or nothing for a package. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier === "sinkflow:shaders") return "shaders/";
  return specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : undefined;
}

/** The imports between the nodes of a project, read from its source; an import of a type counts. */
export function importsOf(root: string): Imports {
  const imports = new Map<string, Set<string>>([["shaders", new Set()]]);
  for (const top of ["src", "scripts", "test"])
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).sort()) {
      const file = `${top}/${name.replaceAll("\\", "/")}`;
      if (!/\.(tsx?|m?js|mts)$/.test(file)) continue;
      const from = nodeOf(file);
      const own = imports.get(from) ?? new Set();
      imports.set(from, own);
      for (const [, specifier = ""] of readFileSync(join(root, file), "utf8").matchAll(imported)) {
        const target = targetOf(file, specifier);
        const to = target === undefined ? from : nodeOf(target);
        if (to !== from && to !== "package.json") own.add(to);
      }
    }
  return imports;
}

/** Whether a node reaches another one, by one import or several. */
function reaches(imports: Imports, from: string, to: string, seen = new Set<string>()): boolean {
  for (const next of imports.get(from) ?? []) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (reaches(imports, next, to, seen)) return true;
  }
  return false;
}

/** The imports without those that a longer way through other nodes implies, so that a picture of them can be read. */
function essential(imports: Imports): [from: string, to: string][] {
  const kept = new Map([...imports].map(([node, targets]) => [node, new Set(targets)]));
  for (const [from, targets] of imports)
    for (const to of targets) {
      kept.get(from)?.delete(to);
      if (!reaches(kept, from, to)) kept.get(from)?.add(to);
    }
  return [...kept].flatMap(([from, targets]) => [...targets].map((to): [string, string] => [from, to]));
}

const shortName = (node: string) => node.replace(/^src\//, "");
const identifier = (node: string) => node.replace(/\W/g, "_");

/** The map as a Mermaid diagram: folders are boxes, files directly under src/ are rounded. */
export function diagram(imports: Imports): string {
  const nodes = [...imports.keys()].sort();
  const inside = nodes.filter((node) => node.startsWith("src/"));
  const shape = (node: string) => (/\.\w+$/.test(node) ? `(["${shortName(node)}"])` : `["${shortName(node)}/"]`);
  return [
    "```mermaid",
    "flowchart TD",
    "  subgraph src",
    ...inside.map((node) => `    ${identifier(node)}${shape(node)}`),
    "  end",
    ...nodes.filter((node) => !inside.includes(node)).map((node) => `  ${identifier(node)}${shape(node)}`),
    ...essential(imports)
      .map(([from, to]) => `  ${identifier(from)} --> ${identifier(to)}`)
      .sort(),
    "```",
  ].join("\n");
}

/** All imports, a row for each node. */
export function importsTable(imports: Imports): string {
  const rows = [...imports].filter(([, targets]) => targets.size > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return markdownTable(
    ["from", "imports"],
    rows.map(([from, targets]) => [`\`${from}\``, codeList([...targets].map(shortName).sort())]),
  );
}
