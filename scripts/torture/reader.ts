import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSpecification } from "../../src/model/grid.ts";
import { ResultsFolder } from "../../src/results/folder.ts";
import { readManifest } from "../../src/results/manifest.ts";
import { filesOfPart, names } from "../../src/results/names.ts";
import { readRecord } from "../../src/results/record.ts";
import { findParts } from "../../src/results/restore.ts";
import { cutParts } from "../../src/sweep/parts.ts";
import { all, type Damage, damaged, type Every } from "./damage.ts";
import { type Sweep, specificationOf } from "./sweeps.ts";
import type { Tally } from "./tally.ts";

export interface ReaderOptions {
  scratch: string;
  /** Of one part, complete in `folder`. */
  sweep: Sweep;
  folder: string;
  tally: Tally;
  /** Which lengths and bits; by default every one. */
  every?: Every;
}

/**
 * Damages each file of a part at every place, and has what a resumed sweep reads parts with look at it: it must not take the part, and say
 * so. The same for the manifest. No command is run, which makes it fast enough for every place.
 */
export async function readDamaged({ scratch, sweep, folder, tally, every = all }: ReaderOptions): Promise<void> {
  const parts = cutParts(parseSpecification(specificationOf(sweep)).points.map(({ ensemble }) => ensemble));
  const files = filesOfPart(0);
  const whole = new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
  const identity = readRecord(String(whole.get(files[0] as string)))?.identity as string;
  const out = join(scratch, "reader.out");
  rmSync(out, { recursive: true, force: true });
  const put = (name: string, bytes: Uint8Array) => {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), bytes);
  };
  /** Numbers of the parts that are taken, and what is said. */
  const read = async () => {
    const said: string[] = [];
    const found = await findParts(new ResultsFolder(out, { state: "begun", onDamage: (line) => said.push(line) }), parts, [identity], true);
    return { found: [...found], said: said.join("\n") };
  };
  for (const [name, bytes] of whole) put(name, bytes);
  if ((await read()).found.length !== 1) throw new Error("expected the part to be read where nothing is damaged");
  for (const [name, bytes] of whole)
    for (const one of placesIn(name, bytes.length, every)) {
      for (const [name, bytes] of whole) put(name, bytes);
      put(name, damaged(bytes, one));
      const { found, said } = await read();
      const kind = `${one.kind === "flip" ? "bit flip" : "truncation"}, as the reader of parts sees it: ${dirname(name)}/`;
      if (found.length > 0) tally.add(kind, "wrong", `taken for a whole part: ${JSON.stringify(one)}`);
      else if (!said.includes(files[0] as string)) tally.add(kind, "wrong", `nothing is said: ${JSON.stringify(one)}: ${said}`);
      else tally.add(kind, "survived");
    }
  const manifest = readFileSync(join(folder, names.manifest));
  for (const one of placesIn(names.manifest, manifest.length, every)) {
    const kind = `${one.kind === "flip" ? "bit flip" : "truncation"}, as the reader of manifests sees it`;
    const found = readManifest(damaged(manifest, one).toString());
    if (typeof found === "object") tally.add(kind, "wrong", `taken for whole: ${JSON.stringify(one)}`);
    else tally.add(kind, "survived");
  }
}

/** A flip of every bit, and a truncation at every length. */
function* placesIn(file: string, length: number, { first, stride }: Every): Generator<Damage> {
  for (let at = first; at < length; at += stride) yield { file, kind: "truncation", at };
  for (let at = first; at < 8 * length; at += stride) yield { file, kind: "flip", at };
}
