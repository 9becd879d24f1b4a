// Results folders as somebody might hand on who wants to do harm, or whose disk failed: a good one, with files changed.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { change, treeChanges } from "./specifications.ts";

/** Names in place of which a manifest's files may have others. */
const names = [
  "../outside/canary.txt",
  "/etc/hostname",
  "runs/../../outside/canary.txt",
  "__proto__",
  "",
  ".",
  "runs",
  "x".repeat(3000),
  "é",
  "runs/\u0000",
];

export const folderChanges = fc.array(
  fc.record({
    file: fc.constantFrom(
      "manifest.json",
      "manifest.json",
      "summary.json",
      "parts/000000.json",
      "runs/000000.parquet",
      "report.html",
      "figures/sinks.csv",
    ),
    what: fc.constantFrom("tree", "tree", "tree", "name", "cut", "flip", "remove", "folder", "link", "linkedFolder", "text", "add"),
    tree: treeChanges,
    at: fc.nat(),
    name: fc.constantFrom(...names),
    text: fc.constantFrom(
      "",
      "{}",
      "[]",
      "null",
      "0",
      '{"complete": true}',
      '{"complete": true, "files": {}}',
      "\u0000",
      "{",
      "\ufeff{}",
      "[".repeat(100_000),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);
type FolderChange = (typeof folderChanges extends fc.Arbitrary<(infer C)[]> ? C : never) & object;

/** Makes a copy of a results folder, and changes it. What it may not reach lies in `outside`, beside it. */
export function spoil(good: string, folder: string, changes: readonly FolderChange[]): void {
  rmSync(folder, { recursive: true, force: true });
  cpSync(good, folder, { recursive: true });
  for (const each of changes)
    try {
      spoilFile(folder, each);
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error as NodeJS.ErrnoException).code) throw error; // an earlier change took the file away
    }
}

function spoilFile(folder: string, { file, what, tree, at, name, text }: FolderChange): void {
  const path = join(folder, file);
  if (what === "tree" || what === "name") {
    const json = JSON.parse(readFileSync(path, "utf8"));
    if (what === "tree") change(json, tree);
    else json.files = { ...json.files, [name]: { sha256: "0".repeat(64), bytes: 1 } };
    writeFileSync(path, JSON.stringify(json));
  }
  const bytes = what === "cut" || what === "flip" ? readFileSync(path) : Buffer.alloc(0);
  if (what === "cut") truncateSync(path, at % (bytes.length + 1));
  if (what === "flip" && bytes.length > 0) {
    bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << (at % 8));
    writeFileSync(path, bytes);
  }
  if (what === "text") writeFileSync(path, text);
  if (what === "add") writeFileSync(join(folder, `stranger-${at % 3}.txt`), text);
  if (what === "linkedFolder") {
    rmSync(dirname(path) === folder ? join(folder, "runs") : dirname(path), { recursive: true });
    symlinkSync("../outside", dirname(path) === folder ? join(folder, "runs") : dirname(path));
  }
  if (what !== "remove" && what !== "folder" && what !== "link") return;
  rmSync(path, { recursive: true });
  if (what === "folder") mkdirSync(path);
  if (what === "link") symlinkSync(at % 2 === 0 ? "../../outside/canary.txt" : "/dev/null", path);
}
