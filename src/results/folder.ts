import { mkdir, open, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { DurableFile, type FileDigest, temporaryPath } from "./durableFile.ts";
import { headOf } from "./manifest.ts";
import { folders, isKnown, isPartFile, names, temporaryOf } from "./names.ts";

/** Contents of files, by their names; a long text in pieces. */
export type Files = Record<string, string | Uint8Array | Iterable<string>>;

/**
 * Makes sure that results can be written to a folder, creating it if need be. A folder with results, whole or not, is refused unless
 * `fresh`; one with any other files and no manifest always. Throws SinkflowError("storage").
 * @param inner names of folders in it that are results folders themselves
 */
export async function prepareFolder(path: string, fresh: boolean, inner: readonly string[] = []): Promise<ResultsFolder> {
  const created = await makeWritable(path);
  return new ResultsFolder(path, created, await oldFiles(path, fresh, inner));
}

/** Removes the results that a folder holds, and the folder if nothing else is in it. Throws SinkflowError("storage"). */
export async function removeResults(path: string): Promise<void> {
  const folder = new ResultsFolder(path, [], await oldFiles(path, true, []));
  await folder.clear();
  await rmdir(path).catch(() => {});
}

/** How the writing of results ended before its end. */
export interface Abandoned {
  /** All files were in place already. */
  isWritten: boolean;
  /** What the folder holds; undefined where it is as it was before. */
  outcome?: string;
}

/**
 * A folder that is ready to be written. `begin` puts its manifest in place, then come the files of parts, and `end` adds what is left.
 * Each file is there whole or not at all.
 */
export class ResultsFolder {
  /** Files of parts: those that may be there, and those of parts that are whole, with their digests. */
  private readonly begun = new Set<string>();
  private readonly whole: Record<string, FileDigest> = {};
  private parts = { whole: 0, all: 0 };
  private hasBegun = false;
  private readonly opened = new Map<string, DurableFile>();
  /** What is being done with files. */
  private readonly pending = new Set<Promise<unknown>>();
  private placing: Promise<void> | undefined;
  private isAbandoned = false;
  private abandoning: Promise<Abandoned> | undefined;
  private readonly closers: (() => Promise<void>)[] = [];
  private readonly inner: ResultsFolder[] = [];

  /**
   * @param created folders that were made for it, outermost first
   * @param old names of files that are removed when new results begin
   */
  constructor(
    readonly path: string,
    private readonly created: string[] = [],
    private readonly old: readonly string[] = [],
  ) {}

  /** Removes old results, if there are any, and writes the manifest of results that are not complete. @param parts that there will be */
  async begin(manifest: object, parts = 0): Promise<void> {
    this.parts.all = parts;
    await this.clear();
    this.hasBegun = true;
    await this.stored(async () => {
      const path = await this.known(names.manifest);
      await writeFile(path, textOf({ ...manifest, complete: false }), () => this.checkOpen());
    });
  }

  /** Removes old results. */
  async clear(): Promise<void> {
    await this.stored(async () => {
      // Records first, so that none is taken for one of the new results; the manifest that lists the others last.
      const records = this.old.filter((name) => isPartFile("parts", name));
      for (const name of [...records, ...this.old.filter((name) => !records.includes(name))]) {
        await rm(join(this.path, name), { force: true });
        this.hasBegun = true;
      }
      for (const folder of folders) await rmdir(join(this.path, folder)).catch(() => {}); // it stays if something else is in it
    });
  }

  /** A new results folder in this one. */
  async innerFolder(name: string): Promise<ResultsFolder> {
    this.checkOpen();
    const folder = await prepareFolder(join(this.path, name), false);
    this.inner.push(folder);
    return folder;
  }

  /** `close` ends what writes files of parts, when the writing is abandoned. */
  onAbandon(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** The path at which a file of a part is to be written, whole; its folder is there. The part counts when `commit` is done. */
  async pathOf(name: string): Promise<string> {
    return this.stored(async () => {
      const path = await this.known(name);
      this.begun.add(name);
      return path;
    });
  }

  /** Writes the record of a part. @param files of the part, which are in place */
  async commit(name: string, record: string, files: Readonly<Record<string, FileDigest>>): Promise<void> {
    const path = await this.pathOf(name);
    await this.stored(async () => {
      const digest = await writeFile(path, record, () => this.checkOpen());
      Object.assign(this.whole, files, { [name]: digest });
      this.parts.whole++;
    });
  }

  /**
   * Puts what is left of the results in place: these files, each replaced if it is there, and then the manifest, complete, which lists
   * all files with their SHA-256, those that it lists already too.
   */
  async end(files: Files, manifest: { files?: object; [key: string]: unknown }): Promise<void> {
    await this.stored(async () => {
      for (const [name, content] of Object.entries(files)) {
        const file = await this.openFile(name);
        const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
        for (const piece of pieces) await file.append(Buffer.from(piece as string));
      }
      const digests = Object.fromEntries([...this.opened].map(([name, file]) => [name, file.digest()]));
      const listed = { ...manifest.files, ...sorted(this.whole), ...digests };
      await (await this.openFile(names.manifest)).append(textOf({ ...manifest, complete: true, files: listed }));
      for (const file of this.opened.values()) await file.close();
    });
    this.checkOpen();
    this.placing = this.place();
    await this.placing;
  }

  /** What tells a file of the results that `end` wrote. */
  digest(name: string): FileDigest {
    const file = this.opened.get(name);
    if (!file) throw new Error(`${name} was not written`);
    return file.digest();
  }

  /** Gives the files their names. An error says how far it came. */
  private async place(): Promise<void> {
    let placed = 0;
    const outcome = () =>
      placed === 0 ? undefined : `The results there are incomplete: ${placed} of ${this.opened.size} new files are in place.`;
    await this.stored(async () => {
      for (const file of this.opened.values()) {
        await file.place();
        placed++;
      }
    }, outcome);
  }

  /**
   * Ends the writing. Parts and sweeps that are whole stay. What was begun of others is removed, and where nothing is whole the manifest,
   * and the folders that were created. Where `end` puts files in place already, they all are first; throws the error with which that failed.
   */
  abandon(): Promise<Abandoned> {
    this.isAbandoned = true;
    this.abandoning ??= this.stop();
    return this.abandoning;
  }

  private async stop(): Promise<Abandoned> {
    for (const close of this.closers) await close();
    const inner = await Promise.all(this.inner.map((folder) => folder.abandon()));
    await Promise.allSettled(this.pending);
    const sweeps = inner.filter(({ isWritten }) => isWritten).length;
    const outcomes = inner.flatMap(({ outcome }) => outcome ?? []);
    if (sweeps > 0) outcomes.push(`${sweeps} ${sweeps === 1 ? "sweep is" : "sweeps are"} complete in ${this.path}.`);
    if (this.parts.whole > 0) outcomes.push(`${this.parts.whole} of ${this.parts.all} parts are whole, and stay in ${this.path}.`);
    try {
      await this.placing;
      if (this.placing) return { isWritten: true };
    } finally {
      for (const file of this.opened.values()) await file.discard();
      await this.discard(outcomes.length > 0 || this.placing !== undefined);
    }
    if (outcomes.length === 0 && this.old.length > 0 && this.hasBegun)
      outcomes.push(`The old results in ${this.path} are deleted, and nothing of new ones is whole.`);
    return { isWritten: false, ...(outcomes.length > 0 && { outcome: outcomes.join(" ") }) };
  }

  /** Removes what was begun of parts that are not whole; and the manifest, unless something stays. */
  private async discard(stays: boolean): Promise<void> {
    const isOurs = (name: string) => this.begun.has(name) && !(name in this.whole);
    const present = this.begun.size > 0 ? await contents(this.path).catch(() => []) : [];
    // What can't be removed stays: why the writing ended is what is told.
    const remove = (name: string) => rm(join(this.path, name), { force: true }).catch(() => {});
    for (const name of present) if (isOurs(temporaryOf(name) ?? name)) await remove(name);
    if (this.hasBegun && !stays) await remove(names.manifest);
    for (const made of this.created.reverse()) await rmdir(made).catch(() => {}); // it stays if something is in it
  }

  private async openFile(name: string): Promise<DurableFile> {
    this.checkOpen();
    const file = await DurableFile.open(await this.known(name));
    this.opened.set(name, file);
    return file;
  }

  /** The path of a file of a known name; its folder is made if need be. */
  private async known(name: string): Promise<string> {
    if (!isKnown(name)) throw new Error(`${name} is no name of a file of results`);
    const place = join(this.path, name);
    await makeFolders(resolve(dirname(place)), this.created);
    return place;
  }

  private checkOpen(): void {
    if (this.isAbandoned) throw new SinkflowError("interrupted", "interrupted");
  }

  /** Does something with files, unless the writing was abandoned. Throws SinkflowError("storage") where the file system fails. */
  async stored<T>(act: () => Promise<T>, outcome?: () => string | undefined): Promise<T> {
    this.checkOpen();
    const acting = act();
    this.pending.add(acting);
    try {
      return await acting;
    } catch (error) {
      throw storageError(this.path, error, outcome?.());
    } finally {
      this.pending.delete(acting);
    }
  }
}

const textOf = (manifest: object) => Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
const sorted = (files: Readonly<Record<string, FileDigest>>) =>
  Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Writes a file, whole or not at all. @param check throws where it is no longer to be put in place */
async function writeFile(path: string, content: string | Uint8Array, check: () => void): Promise<FileDigest> {
  const file = await DurableFile.open(path);
  try {
    await file.append(Buffer.from(content));
    await file.close();
    check();
    await file.place();
    return file.digest();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Creates a folder if need be, and tries to write to it. Returns the folders it made, outermost first. */
async function makeWritable(path: string): Promise<string[]> {
  const folder = resolve(path);
  const created: string[] = [];
  try {
    await makeFolders(folder, created);
    const trial = temporaryPath(join(folder, names.manifest));
    await (await open(trial, "wx")).close();
    await rm(trial);
    return created;
  } catch (error) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() === false) throw new SinkflowError("storage", `${path}: expected a folder, got a file`);
    throw storageError(path, error);
  }
}

/**
 * The files in a folder that new results replace, the manifest as the last: of complete results those that the manifest lists and this
 * program writes, of others all that have names of this program; and what a process left that was killed.
 */
async function oldFiles(path: string, fresh: boolean, inner: readonly string[]): Promise<string[]> {
  const innerFolders = inner.map((name) => `${name}/`);
  const present = (await contents(path)).filter((name) => !innerFolders.includes(name));
  const hasManifest = present.includes(names.manifest);
  const ours = present.filter((name) => isKnown(name) || temporaryOf(name) !== undefined);
  if (!hasManifest && ours.length < present.length)
    throw new SinkflowError("storage", `${path}: expected an empty or a results folder, got one that holds other files`);
  const head = hasManifest ? headOf(await readFile(join(path, names.manifest), "utf8")) : undefined;
  if (hasManifest && !head)
    throw new SinkflowError("storage", `${path}: expected a ${names.manifest} of this program, got one that can't be read`);
  if (present.length > 0 && !fresh) {
    const what = head?.complete ? "that holds results" : "with incomplete results";
    throw new SinkflowError("storage", `${path}: expected a new folder, got one ${what}; --fresh replaces them`);
  }
  const listed = head?.complete ? [...present.filter((name) => temporaryOf(name) !== undefined), ...head.files.filter(isKnown)] : ours;
  return [...listed.filter((name) => name !== names.manifest), ...(hasManifest ? [names.manifest] : [])];
}

/** Paths of all that a results folder holds, in its own folders, too; any other folder as `NAME/`. */
async function contents(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const inner = entries.map(async (entry) => {
    const { name } = entry;
    if (!entry.isDirectory()) return [name];
    return folders.includes(name) ? (await readdir(join(path, name))).map((file) => `${name}/${file}`) : [`${name}/`];
  });
  return (await Promise.all(inner)).flat();
}

/** Makes a folder and those it lies in, outermost first. (In Node 20 mkdir's own `recursive` never returns under /proc.) */
async function makeFolders(folder: string, created: string[]): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (found?.isDirectory()) return;
  if (dirname(folder) !== folder) await makeFolders(dirname(folder), created);
  try {
    await mkdir(folder);
    created.push(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // Another part's file has just made it, or it is a file.
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error(`${folder} is a file`), { code: "ENOTDIR" });
  }
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
    ERR_FS_EISDIR: "expected a file where results are written, got a folder of that name",
    EISDIR: "expected a file where results are written, got a folder of that name",
    ENOENT: "expected a folder that can be made, got a path that can't exist",
    ENAMETOOLONG: "expected a shorter path",
  };
  return new SinkflowError("storage", `${path}: ${known[String(error.code)] ?? error.message}`, outcome);
}
