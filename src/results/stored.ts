import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { digestOf } from "./digest.ts";
import { parseJson } from "./json.ts";
import { type Manifest, manifestOf, readManifest } from "./manifest.ts";
import { innerFolder, isDrawn, isKnown, isPartFile, names, type PartFolder, seriesFile } from "./names.ts";

/** A results folder as its manifest lists it. */
export interface Stored {
  path: string;
  manifest: Manifest;
  /** The JSON of summary.json. */
  summary: unknown;
  /** The bytes of a file that the manifest lists; undefined where it lists none of this name. */
  read(name: string): Promise<Buffer | undefined>;
  /** The bytes of all tables of a kind, in the order of parts. */
  tables(kind: PartFolder): Promise<Buffer[]>;
}

/**
 * Reads a results folder, and checks its files against its manifest. Throws SinkflowError("storage") that names what is missing or changed.
 * @param every whether each byte is compared; else of files that are not read for a report, and may be large, the size alone
 */
export async function readStored(path: string, every = false): Promise<Stored> {
  const text = (name: string) => readFile(join(path, name), "utf8").catch(() => undefined);
  const none = () =>
    new SinkflowError("storage", `${path}: expected a results folder, with ${names.manifest} and ${names.summary}, got none`);
  const listing = await text(names.manifest);
  if (listing === undefined) throw none();
  const found = readManifest(listing);
  if (found === "foreign") throw unreadable(path, names.manifest);
  if (found === "damaged")
    throw new SinkflowError("storage", `${path}: expected the ${names.manifest} as it was written, got one that is changed`);
  if (!found.complete)
    throw new SinkflowError("storage", `${path}: expected complete results, got those of a command that did not come to its end`);
  const manifest = manifestOf(found);
  if (!manifest) throw foreignResults(path);
  const summary = join(path, names.summary);
  if (!(names.summary in manifest.content.files) && !(await stat(summary).catch(() => undefined))) throw none();
  const damages = await damagesOf(path, manifest, every);
  if (damages.length > 0)
    throw new SinkflowError("storage", `${path}: expected the files as ${names.manifest} lists them, got others: ${damages.join(", ")}`);
  return {
    path,
    manifest,
    summary: await parseJson(createReadStream(summary, { encoding: "utf8", highWaterMark: 2 ** 20 })).catch(() => {
      throw unreadable(path, names.summary);
    }),
    tables: (kind) => {
      const listed = Object.keys(manifest.content.files).filter((name) => isPartFile(kind, name));
      return Promise.all(listed.sort().map((name) => readFile(join(path, name))));
    },
    read: async (name) => (name in manifest.content.files ? readFile(join(path, name)) : undefined),
  };
}

/** The text of the sampled runs of a sweep, as CSV; undefined where none were sampled. */
export const seriesText = async ({ read }: Stored): Promise<string | undefined> => (await read(seriesFile))?.toString();

const unreadable = (path: string, name: string) =>
  new SinkflowError("storage", `${path}: expected the ${name} of this program, got what can't be read`);

/** What is missing or changed of the files that are not drawn; of a folder that holds results folders, also of their manifests. */
async function damagesOf(path: string, { content: { files } }: Manifest, every: boolean): Promise<string[]> {
  const damages: string[] = [];
  for (const [name, { sha256, bytes }] of Object.entries(files)) {
    const isInner = innerFolder(name) !== undefined;
    if (isDrawn(name) || !(isKnown(name) || isInner)) continue;
    const file = join(path, name);
    const isRead = every || isInner || name === names.summary || name === seriesFile;
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) damages.push(`${name} is missing`);
    else if (size !== bytes || (isRead && (await digestOf(file)).sha256 !== sha256)) damages.push(`${name} is changed`);
  }
  return damages;
}

export const foreignResults = (path: string) =>
  new SinkflowError("storage", `${path}: expected results that this version wrote, got others`);
