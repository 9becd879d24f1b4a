// Fills the made blocks of the documents from the code, and says which files changed.
// A made block:   <!-- made: losses --> … <!-- /made -->   Run with:   npm run script -- docs
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOf } from "./docs/blocks.ts";
import { madeDocs } from "./docs/fill.ts";

const root = process.cwd();
for (const { path, text, made } of madeDocs(root, blocksOf(root))) {
  if (made === text) continue;
  writeFileSync(join(root, path), made);
  console.log(path);
}
