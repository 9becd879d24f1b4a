import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { parseJson } from "./json.ts";
import { type Manifest, manifestFrom } from "./manifest.ts";
import { isDrawn, isKnown, names, seriesFile } from "./names.ts";

/** A results folder as its manifest lists it. */
export interface Stored {
  path: string;
  manifest: Manifest;
  /** The JSON of summary.json. */
  summary: unknown;
  /** The bytes of a file that the manifest lists; undefined where it lists none of this name. */
  read(name: string): Promise<Buffer | undefined>;
}

/** Reads a results folder, and checks its files against its manifest. Throws SinkflowError("storage") that names what is missing or changed. */
export async function readStored(path: string): Promise<Stored> {
  const text = (name: string) => readFile(join(path, name), "utf8").catch(() => undefined);
  const none = () =>
    new SinkflowError("storage", `${path}: expected a results folder, with ${names.manifest} and ${names.summary}, got none`);
  const listing = await text(names.manifest);
  if (listing === undefined) throw none();
  const manifest = manifestFrom(parsed(path, names.manifest, listing));
  if (!manifest) throw foreignResults(path);
  const summary = join(path, names.summary);
  if (!(names.summary in manifest.content.files) && !(await stat(summary).catch(() => undefined))) throw none();
  const damages = await damagesOf(path, manifest);
  if (damages.length > 0)
    throw new SinkflowError("storage", `${path}: expected the files as ${names.manifest} lists them, got others: ${damages.join(", ")}`);
  return {
    path,
    manifest,
    summary: await parseJson(createReadStream(summary, { encoding: "utf8", highWaterMark: 2 ** 20 })).catch(() => {
      throw unreadable(path, names.summary);
    }),
    read: async (name) => (name in manifest.content.files ? readFile(join(path, name)) : undefined),
  };
}

/** The text of the sampled runs of a sweep, as CSV; undefined where none were sampled. */
export const seriesText = async ({ read }: Stored): Promise<string | undefined> => (await read(seriesFile))?.toString();

function parsed(path: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(path, name);
  }
}

const unreadable = (path: string, name: string) =>
  new SinkflowError("storage", `${path}: expected the ${name} of this program, got what can't be read`);

/**
 * What is missing or changed of the files that are not drawn. The tables of a sweep are not read for its report, and may be large:
 * of them only the size is compared.
 */
async function damagesOf(path: string, { kind, content: { files } }: Manifest): Promise<string[]> {
  const damages: string[] = [];
  for (const [name, { sha256, bytes }] of Object.entries(files)) {
    if (isDrawn(name) || !isKnown(name)) continue;
    const file = join(path, name);
    const isRead = kind === "experiments" || name === names.summary || name === seriesFile;
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) damages.push(`${name} is missing`);
    else if (size !== bytes || (isRead && (await sha256Of(file)) !== sha256)) damages.push(`${name} is changed`);
  }
  return damages;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(file)) hash.update(bytes);
  return hash.digest("hex");
}

export const foreignResults = (path: string) =>
  new SinkflowError("storage", `${path}: expected results that this version wrote, got others`);
