import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "./markdown.ts";

/** What is used here of a package in package-lock.json. */
interface Locked {
  license?: string;
  dev?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** A package that users have: installed beside sinkflow, or built into its files. */
export interface Used {
  name: string;
  license: string;
  installed: boolean;
}

/** Licences under which a package may be a part of what has the MIT License, or be installed beside it. */
export const compatible = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BSL-1.0", "MPL-2.0", "Unlicense", "0BSD"];

/** What package.json calls otherwise than by a name of SPDX. */
const named: Readonly<Record<string, string>> = { "dejavu-fonts-ttf": "Bitstream-Vera" };

/** Whether all parts of an expression of SPDX with AND are compatible. A font is data, which may be passed on with its licence. */
export const isCompatible = (license: string): boolean =>
  license === "Bitstream-Vera" || license.split(" AND ").every((part) => compatible.includes(part));

/** The packages that sinkflow depends on, and those that its source imports, each with all that it needs itself. */
export function packagesOf(root: string): Used[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
  const found = new Map<string, Used>();
  for (const [path, { license, dev }] of Object.entries(packages)) if (path !== "" && !dev) take(path, license, true);
  const seen = new Set<string>();
  for (const name of imported(root)) follow(name, "");
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));

  function take(path: string, license: string | undefined, installed: boolean): void {
    const name = path.replace(/.*node_modules\//, "");
    if (!found.get(name)?.installed) found.set(name, { name, license: named[name] ?? license ?? "none", installed });
  }
  /** Where Node finds a package that another one asks for. */
  function placeOf(name: string, from: string): string | undefined {
    for (let folder = from; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
      const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
      if (packages[path]) return path;
      if (folder === "") return undefined;
    }
  }
  function follow(name: string, from: string): void {
    const path = placeOf(name, from);
    if (path === undefined || seen.has(path)) return;
    seen.add(path);
    const { license, dev, dependencies = {} } = packages[path] as Locked;
    if (dev) take(path, license, false);
    for (const needed of Object.keys(dependencies)) follow(needed, path);
  }
}

/** The packages that files under src/ import by name; without those that users bring along, and without types. */
function imported(root: string): Set<string> {
  const names = new Set<string>();
  const { peerDependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const file of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })) {
    if (!/\.(tsx?|css)$/.test(file)) continue;
    const text = readFileSync(join(root, "src", file), "utf8").replace(/^import type .*$/gm, "");
    for (const [, name = ""] of text.matchAll(/(?:\bfrom|\bimport\(|\bimport) ?"((?:@[\w-]+\/)?[\w-]+)[^"]*"/g))
      if (!(name in peerDependencies) && existsSync(join(root, "node_modules", name))) names.add(name);
  }
  return names;
}

/** A row for each licence: which packages have it. Packages of stdlib, some hundred, are counted. */
export function licensesTable(root: string): string {
  const used = packagesOf(root);
  const list = (license: string, installed: boolean) => {
    const names = used.filter((one) => one.license === license && one.installed === installed).map(({ name }) => name);
    const platforms = /^@resvg\/resvg-js-/;
    const some = names.filter((name) => !name.startsWith("@stdlib/") && !platforms.test(name)).map((name) => `\`${name}\``);
    const stdlib = names.filter((name) => name.startsWith("@stdlib/")).length;
    if (stdlib > 0) some.push(`${stdlib} packages of \`@stdlib\``);
    if (names.some((name) => platforms.test(name))) some.push("its binary for the machine");
    return some.join(", ");
  };
  const rows = [...new Set(used.map(({ license }) => license))]
    .sort()
    .map((license) => [license, list(license, true), list(license, false)]);
  return markdownTable(["licence", "installed beside sinkflow", "built into its files"], rows);
}
