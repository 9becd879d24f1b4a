// Writes dist/licenses.txt: the packages that are built into the files of dist/, each with its licence, whose text must go with copies of it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files of a package that hold its licence or notices. */
const isLicense = (name) => /^(licen[cs]e|notice|copying|copyright)(\.|-|$)/i.test(name);

/** @param {readonly object[]} metafiles of esbuild @param {string} path */
export function writeLicenses(metafiles, path) {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap((input) => input.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? []);
  /** Packages by the text of their licence. */
  const byText = new Map();
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const texts = readdirSync(folder)
      .filter(isLicense)
      .sort()
      .map((file) => readFileSync(join(folder, file), "utf8").trim());
    const text = texts.join("\n\n") || `(The package has no text of its licence, ${license}.)`;
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const parts = [...byText].map(([text, packages]) => `${packages.join("\n")}\n\n${text}\n`);
  writeFileSync(path, `These packages are built into the files of this folder.\n\n${parts.join(`\n${"=".repeat(80)}\n\n`)}`);
}
