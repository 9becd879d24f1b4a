import { constants } from "node:fs";
import { access, mkdir, open, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { DurableFile, temporaryPath } from "./durableFile.ts";
import { asSweepManifest, listedIn, type Manifest, manifestText, type StoredManifest } from "./manifest.ts";
import { figuresFolder, isKnown, isTemporary, names, seriesFile } from "./names.ts";
import { fromJson, type SweepReport } from "./sweep.ts";

/** Contents of files, by their names. */
export type Files = Record<string, string | Uint8Array>;

/** A file of results while it is written. */
export interface ResultsFile {
  append(bytes: Uint8Array): Promise<void>;
}

/**
 * Makes sure that results can be written to a folder, creating it if need be. A folder with results is refused unless `fresh`;
 * one with any other files is refused always. Throws SinkflowError("storage").
 */
export async function prepareFolder(path: string, fresh: boolean): Promise<ResultsFolder> {
  const created = await makeWritable(path);
  return new ResultsFolder(path, created, await oldFiles(path, fresh));
}

/** A folder that is ready to be written. Nothing in it changes before `write`. */
export class ResultsFolder {
  private readonly opened = new Map<string, DurableFile>();
  private readonly path: string;
  private readonly created: string[];
  private readonly old: readonly string[];

  /**
   * @param created folders that were made for it, outermost first
   * @param old names of files that new results replace
   */
  constructor(path: string, created: string[], old: readonly string[]) {
    this.path = path;
    this.created = created;
    this.old = old;
  }

  /** Opens a file of results, which gets its name in `write`. Throws SinkflowError("storage"), as `append` does. */
  async open(name: string): Promise<ResultsFile> {
    const file = await this.stored(() => this.openFile(name));
    return { append: (bytes) => this.stored(() => file.append(bytes)) };
  }

  /**
   * Removes the old results, if there are any, and puts the new ones in place: the files that were opened before, then `files`,
   * then the manifest. Each is there whole or not at all.
   */
  async write(files: Files, manifest: Manifest): Promise<void> {
    await this.stored(async () => {
      for (const [name, content] of Object.entries(files)) await (await this.openFile(name)).append(Buffer.from(content));
      const digests = Object.fromEntries([...this.opened].map(([name, file]) => [name, file.digest()]));
      await (await this.openFile(names.manifest)).append(Buffer.from(manifestText(manifest, digests)));
      for (const file of this.opened.values()) await file.close();
    });
    await this.stored(async () => {
      for (const name of this.old) await rm(join(this.path, name), { force: true });
      for (const file of this.opened.values()) await file.place();
    }, "The results there are incomplete.");
  }

  /** Removes what was opened and not written, and the folders that were created. */
  async abandon(): Promise<void> {
    for (const file of this.opened.values()) await file.discard();
    for (const made of this.created.reverse()) await rmdir(made).catch(() => {}); // it stays if something else is in it by now
  }

  private async openFile(name: string): Promise<DurableFile> {
    const file = await openIn(this.path, name, this.created);
    this.opened.set(name, file);
    return file;
  }

  private async stored<T>(act: () => Promise<T>, outcome?: string): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw storageError(this.path, error, outcome);
    }
  }
}

/** What a folder of a sweep's results holds for `report`. */
export interface StoredResults {
  manifest: StoredManifest;
  /** Without timings. */
  report: SweepReport;
  /** The sampled runs, as CSV. */
  series: string | undefined;
}

/** Reads results and checks them. Throws SinkflowError("storage"). */
export async function readResults(path: string): Promise<StoredResults> {
  const read = (name: string) => readFile(join(path, name), "utf8").catch(() => undefined);
  const [manifest, summary, series] = [await read(names.manifest), await read(names.summary), await read(seriesFile)];
  if (manifest === undefined || summary === undefined)
    throw new SinkflowError("storage", `${path}: expected a results folder, with ${names.manifest} and ${names.summary}, got none`);
  let json: { manifest: unknown; summary: unknown };
  try {
    json = { manifest: JSON.parse(manifest), summary: JSON.parse(summary) };
  } catch {
    throw new SinkflowError(
      "storage",
      `${path}: expected the ${names.manifest} and ${names.summary} of this program, got what can't be read`,
    );
  }
  const results = { manifest: asSweepManifest(json.manifest), report: fromJson(json.summary) };
  if (!results.manifest || !results.report) throw foreignResults(path);
  return { manifest: results.manifest, report: results.report, series };
}

export const foreignResults = (path: string) =>
  new SinkflowError("storage", `${path}: expected results that this version wrote, got others`);

/** Puts files in place of those of the same names in a results folder, and corrects its manifest. */
export async function replaceResults(path: string, files: Files, manifest: StoredManifest): Promise<void> {
  const listed = { ...manifest.files };
  const place = async (name: string, content: string | Uint8Array) => {
    const file = await openIn(path, name, []);
    try {
      await file.append(Buffer.from(content));
      await file.close();
      await file.place();
    } catch (error) {
      await file.discard();
      throw error;
    }
    return file.digest();
  };
  try {
    for (const [name, content] of Object.entries(files)) listed[name] = await place(name, content);
    await place(names.manifest, manifestText(manifest, listed));
  } catch (error) {
    throw storageError(path, error, "Some figures may be new, others old.");
  }
}

/** Creates a folder if need be, and tries to write to it. Returns the folders it made, outermost first. */
async function makeWritable(path: string): Promise<string[]> {
  const folder = resolve(path);
  const created: string[] = [];
  try {
    await makeFolders(folder, created);
    await access(folder, constants.W_OK | constants.X_OK);
    const trial = temporaryPath(join(folder, names.manifest));
    await (await open(trial, "wx")).close();
    await rm(trial);
    return created;
  } catch (error) {
    const isFile = await stat(folder).then(
      (s) => !s.isDirectory(),
      () => false,
    );
    if (isFile) throw new SinkflowError("storage", `${path}: expected a folder, got a file`);
    throw storageError(path, error);
  }
}

/** What new results replace in a folder: what its manifest lists, and what a process left that was killed; the manifest last. */
async function oldFiles(path: string, fresh: boolean): Promise<string[]> {
  const present = await contents(path);
  const isComplete = present.includes(names.manifest);
  if (!isComplete && !present.every((name) => isKnown(name) || isTemporary(name)))
    throw new SinkflowError("storage", `${path}: expected an empty or a results folder, got one that holds other files`);
  if (present.length > 0 && !fresh) {
    const what = isComplete ? "that holds results" : "with incomplete results";
    throw new SinkflowError("storage", `${path}: expected a new folder, got one ${what}; --fresh replaces them`);
  }
  if (!isComplete) return present;
  return [...present.filter(isTemporary), ...(await listedFiles(path)), names.manifest];
}

/** Names in a results folder, those in its folder of figures included. */
async function contents(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const inner = entries.map(async (entry) => {
    if (!entry.isDirectory()) return [entry.name];
    if (entry.name !== figuresFolder) return [`${entry.name}/`];
    return (await readdir(join(path, figuresFolder))).map((name) => `${figuresFolder}/${name}`);
  });
  return (await Promise.all(inner)).flat();
}

/** What an old manifest lists; only names that this program writes. */
async function listedFiles(path: string): Promise<string[]> {
  try {
    return listedIn(await readFile(join(path, names.manifest), "utf8")).filter(isKnown);
  } catch {
    throw new SinkflowError("storage", `${path}: expected a ${names.manifest} of this program, got one that can't be read`);
  }
}

/** Opens a file of results and makes the folder that it lies in. @param created gets the folders that were made */
async function openIn(path: string, name: string, created: string[]): Promise<DurableFile> {
  if (!isKnown(name)) throw new Error(`${name} is no name of a file of results`);
  const place = join(path, name);
  await makeFolders(resolve(dirname(place)), created);
  return DurableFile.open(place);
}

/** Makes a folder and those it lies in, outermost first. (In Node 20 mkdir's own `recursive` never returns under /proc.) */
async function makeFolders(folder: string, created: string[]): Promise<void> {
  if (await stat(folder).then((s) => s.isDirectory(), isMissing)) return;
  if (dirname(folder) !== folder) await makeFolders(dirname(folder), created);
  await mkdir(folder);
  created.push(folder);
}

/** For `stat`: a missing folder is to be made; any other failure is final. */
function isMissing(error: NodeJS.ErrnoException): boolean {
  if (error.code === "ENOENT") return false;
  throw error;
}

/** A failure of the file system, as a user's error; any other error stays what it is. */
function storageError(path: string, error: unknown, outcome?: string): unknown {
  if (!(error instanceof Error && "code" in error)) return error;
  const known: Record<string, string> = {
    EACCES: "expected a folder that can be written, got permission denied",
    EPERM: "expected a folder that can be written, got permission denied",
    EROFS: "expected a folder that can be written, got a read-only file system",
    ENOSPC: "no space is left on the device",
    ENOTDIR: "expected a folder, got a file on the way to it",
    ENOENT: "expected a folder that can be made, got a path that can't exist",
    ENAMETOOLONG: "expected a shorter path",
  };
  return new SinkflowError("storage", `${path}: ${known[String(error.code)] ?? error.message}`, outcome);
}
