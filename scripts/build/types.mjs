// Makes dist/types/: the declarations of the library, of src/index.ts, src/arrow.ts and what their types need. After `node build.mjs`; npm pack does both.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { specificationType } from "./specificationType.mjs";

const out = "dist/types";
rmSync(out, { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "scripts/build/tsconfig.json", "--outDir", out], {
  stdio: "inherit",
});
const schema = JSON.parse(execFileSync(process.execPath, ["dist/cli.js", "schema"], { encoding: "utf8" }));
writeFileSync(join(out, "library/specification.d.ts"), specificationType(schema));

/** What the entries lead to; their imports get the extension of what they are in the package. */
const needed = new Set();
function follow(path) {
  if (needed.has(path)) return;
  needed.add(path);
  const text = readFileSync(join(out, path), "utf8").replace(/((?:from|import\() ?"\.[^"]+)\.ts"/g, '$1.js"');
  writeFileSync(join(out, path), text);
  for (const [, target] of text.matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g)) follow(normalize(join(dirname(path), `${target}.d.ts`)));
}
for (const entry of ["index.d.ts", "arrow.d.ts"]) follow(entry);
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name).slice(out.length + 1);
  if (entry.isFile() && !needed.has(path)) rmSync(join(out, path));
}
for (const folder of readdirSync(out))
  if (!folder.includes(".") && readdirSync(join(out, folder)).length === 0) rmSync(join(out, folder), { recursive: true });
