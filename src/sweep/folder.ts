import { mkdir, open, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { DurableFile, temporaryPath } from "./durableFile.ts";
import { listedIn } from "./manifest.ts";
import { folders, isKnown, isTemporary, names } from "./names.ts";
import type { ByteSink } from "./parquet.ts";

/** Contents of files, by their names; a long text in pieces. */
export type Files = Record<string, string | Uint8Array | Iterable<string>>;

/**
 * Makes sure that results can be written to a folder, creating it if need be. A folder with results is refused unless `fresh`;
 * one with any other files is refused always. Throws SinkflowError("storage").
 */
export async function prepareFolder(path: string, fresh: boolean): Promise<ResultsFolder> {
  const created = await makeWritable(path);
  return new ResultsFolder(path, created, await oldFiles(path, fresh));
}

/** A folder that is ready to be written. What it held stays as it is until `write`. */
export class ResultsFolder {
  private readonly opened = new Map<string, DurableFile>();
  private opening: Promise<unknown> = Promise.resolve();
  private placing: Promise<void> | undefined;
  private isAbandoned = false;

  /**
   * @param created folders that were made for it, outermost first
   * @param old names of files that are removed when new results are put in place
   */
  constructor(
    readonly path: string,
    private readonly created: string[] = [],
    private readonly old: readonly string[] = [],
  ) {}

  /** Opens a file of results, which gets its name in `write`. Returns what appends to it. Both throw SinkflowError("storage"). */
  async open(name: string): Promise<ByteSink> {
    const file = await this.stored(() => this.openFile(name));
    return (bytes) => this.stored(() => file.append(bytes));
  }

  /**
   * Removes the old results, if there are any, and puts the new ones in place: the files that were opened before, then `files`,
   * then the manifest, which lists them with their SHA-256 beside the files that it lists already. Each file is there whole or not at all.
   */
  async write(files: Files, manifest: { files?: object; [key: string]: unknown }): Promise<void> {
    await this.stored(async () => {
      for (const [name, content] of Object.entries(files)) {
        const file = await this.openFile(name);
        const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
        for (const piece of pieces) await file.append(Buffer.from(piece as string));
      }
      const digests = Object.fromEntries([...this.opened].map(([name, file]) => [name, file.digest()]));
      const text = JSON.stringify({ ...manifest, files: { ...manifest.files, ...digests } }, null, 2);
      await (await this.openFile(names.manifest)).append(Buffer.from(`${text}\n`));
      for (const file of this.opened.values()) await file.close();
    });
    this.checkOpen();
    this.placing = this.place();
    await this.placing;
  }

  /** Removes the old files and gives the new ones their names. An error says how far it came. */
  private async place(): Promise<void> {
    let [removed, placed] = [0, 0];
    const outcome = () => {
      if (removed + placed === 0) return undefined;
      const old = this.old.length > 0 ? `${removed} old files are removed, ` : "";
      return `The results there are incomplete: ${old}${placed} of ${this.opened.size} new files are in place.`;
    };
    await this.stored(async () => {
      for (const name of this.old) removed += await removeFile(join(this.path, name));
      for (const file of this.opened.values()) {
        await file.place();
        placed++;
      }
    }, outcome);
  }

  /**
   * Ends the writing: removes what was opened and not written, and the folders that were created. Where files are being put in place
   * already, they all are first. Returns whether they were. Throws the error with which that failed.
   */
  async abandon(): Promise<boolean> {
    this.isAbandoned = true;
    await this.opening.catch(() => {});
    try {
      await this.placing;
      if (this.placing) return true;
    } catch (error) {
      await this.discard();
      throw error;
    }
    await this.discard();
    return false;
  }

  private async discard(): Promise<void> {
    for (const file of this.opened.values()) await file.discard();
    for (const made of this.created.reverse()) await rmdir(made).catch(() => {}); // it stays if something else is in it by now
  }

  private openFile(name: string): Promise<DurableFile> {
    const open = async () => {
      this.checkOpen();
      if (!isKnown(name)) throw new Error(`${name} is no name of a file of results`);
      const place = join(this.path, name);
      await makeFolders(resolve(dirname(place)), this.created);
      const file = await DurableFile.open(place);
      this.opened.set(name, file);
      return file;
    };
    const opening = open();
    this.opening = opening;
    return opening;
  }

  private checkOpen(): void {
    if (this.isAbandoned) throw new SinkflowError("interrupted", "interrupted");
  }

  private async stored<T>(act: () => Promise<T>, outcome?: () => string | undefined): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw storageError(this.path, error, outcome?.());
    }
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
 * The files in a folder that new results replace: those that its manifest lists and this program writes, what a process left that
 * was killed, and the manifest as the last.
 */
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
  try {
    const listed = listedIn(await readFile(join(path, names.manifest), "utf8")).filter(isKnown);
    return [...present.filter(isTemporary), ...listed, names.manifest];
  } catch {
    throw new SinkflowError("storage", `${path}: expected a ${names.manifest} of this program, got one that can't be read`);
  }
}

/** Removes a file if there is one. Returns how many were removed. */
async function removeFile(path: string): Promise<0 | 1> {
  try {
    await rm(path);
    return 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
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
  await mkdir(folder);
  created.push(folder);
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
    EISDIR: "expected a file where results are written, got a folder of that name",
    ENOENT: "expected a folder that can be made, got a path that can't exist",
    ENAMETOOLONG: "expected a shorter path",
  };
  return new SinkflowError("storage", `${path}: ${known[String(error.code)] ?? error.message}`, outcome);
}
