// Fills the made blocks of README.md, CONTRIBUTING.md and docs/*.md from the tables of the code, and says which files changed.
// A made block:   <!-- made: losses --> … <!-- /made -->   Run with:   npm run script -- docs
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { madeDocs } from "./docs/fill.ts";

const root = process.cwd();
for (const { path, text, made } of madeDocs(root)) {
  if (made === text) continue;
  writeFileSync(join(root, path), made);
  console.log(path);
}
