/** Folders of results, which a test makes as the program does, in a folder that goes with it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import type { ResultsFolder } from "../../src/results/folder.ts";
import { identityOf } from "../../src/results/manifest.ts";
import { folders } from "../../src/results/names.ts";
import { type Preparation, prepareFolder as prepared } from "../../src/results/prepare.ts";

export const folder = mkdtempSync(join(tmpdir(), "sinkflow-folder-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
/** A new folder that holds these files, by their path in it. */
export function holding(files: Record<string, string> = {}): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}
export const held = (path: string) =>
  readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => !folders.includes(name) && !name.startsWith("locks/"))
    .sort();
/** The manifest in a folder, without what tells that it is as it was written. */
export const manifestIn = (path: string) => {
  const { identity, checksum, ...rest } = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
  expect(identity).toBe(identityOf(manifest));
  expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  return rest;
};
export const manifest = { sinkflow: "1", engine: "cpu", adapter: null, host: "h", node: "20.1.2", started: "" } as const;
export const prepareFolder = (path: string, fresh: boolean, more: Partial<Preparation> = {}) =>
  prepared(path, { manifest, fresh, ...more });
/** The same with other inputs. */
export const prepareOther = (path: string, fresh = false) => prepareFolder(path, fresh, { manifest: { ...manifest, seed: 2 } });

/** Stores a part as a thread and the line of parts do. */
export async function storePart(results: ResultsFolder, number: number): Promise<void> {
  const id = String(number).padStart(6, "0");
  const name = `runs/${id}.parquet`;
  writeFileSync(await results.pathOf(name), name);
  await results.commit(`parts/${id}.json`, `{"part": ${number}}`, { [name]: { sha256: `of ${name}`, bytes: name.length } });
}
export const parts = ["parts/000000.json", "parts/000001.json", "runs/000000.parquet", "runs/000001.parquet"];
/** A file of every kind that is written at the end. */
export const files = { "summary.json": "{}", "report.html": "", "numbers.csv": "", "figures/kappa-2.svg": "", "figures/kappa-2.csv": "" };
export const write = async (path: string, fresh: boolean, files: Record<string, string> = {}) => {
  const results = await prepareFolder(path, fresh);
  await results.begin(manifest, 2);
  for (const number of [1, 0]) await storePart(results, number);
  await results.end(files, manifest);
};
export const all = [...parts, ...Object.keys(files), "manifest.json"].sort();
