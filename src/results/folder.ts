import { readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nothingWritten, SinkflowError } from "../model/errors.ts";
import type { FileDigest } from "./digest.ts";
import { DurableFile, writeFile } from "./durableFile.ts";
import { contents, inodeOf, makeFolder } from "./fileSystem.ts";
import { type FilesOptions, FolderFiles } from "./files.ts";
import type { Lock } from "./lock.ts";
import { type Description, difference, manifestText, readManifest, type StoredManifest } from "./manifest.ts";
import { folders, innerFolder, isKnown, isPartFile, names, partOf, type Shard, temporaryOf } from "./names.ts";

/** Contents of files, by their names; a long text in pieces. */
export type Files = Record<string, string | Uint8Array | Iterable<string>>;

/** How the writing of results ended before its end. */
export interface Abandoned {
  /** All files were in place already. */
  isWritten: boolean;
  /** What the folder holds; undefined where it is as it was before. */
  outcome?: string;
}

export interface FolderOptions extends FilesOptions {
  /** `new`: nothing of these results is there; `begun`; `complete`; `damaged`: begun, and the manifest can't be read or is missing. */
  state: "new" | "begun" | "complete" | "damaged";
  /** Of results that are begun or complete. */
  manifest?: StoredManifest;
  lock?: Lock;
  shard?: Shard;
  /** Folders that were made for it, outermost first. */
  created?: string[];
  /** Names of files that are removed when new results begin. */
  old?: readonly string[];
}

/**
 * A folder that is ready to be written. `begin` puts its manifest in place, then come the files of parts, and `end` adds what is left.
 * Each file is there whole or not at all.
 */
export class ResultsFolder extends FolderFiles {
  /** Files of parts: those that may be there, and those of parts that are whole, with their digests. */
  private readonly begun = new Set<string>();
  private readonly whole: Record<string, FileDigest> = {};
  private parts = { whole: 0, all: 0 };
  /** Whether some parts that may be there were not looked at yet. */
  private isLooking = false;
  private hasBegun = false;
  private readonly opened = new Map<string, DurableFile>();
  private placing: Promise<void> | undefined;
  private readonly losing = new AbortController();
  private isAbandoned = false;
  private abandoning: Promise<Abandoned> | undefined;
  private readonly closers: (() => Promise<void>)[] = [];
  private readonly inner: ResultsFolder[] = [];
  private readonly created: string[];
  private readonly old: readonly string[];
  private readonly shard: Shard;

  constructor(
    path: string,
    private readonly options: FolderOptions,
  ) {
    super(path, options);
    this.created = options.created ?? [];
    this.old = options.old ?? [];
    this.shard = options.shard ?? { index: 0, count: 1 };
  }

  /** Whether these results are complete: those that were found, until `begin`, or that `end` made. */
  get isComplete(): boolean {
    return !this.hasBegun && this.options.state === "complete";
  }

  /** The manifest that was found, of results that are begun or complete. */
  get manifest(): StoredManifest | undefined {
    return this.options.manifest;
  }

  /** Removes old results, if there are any, and writes the manifest of results that are not complete. @param parts that there will be */
  async begin(manifest: Description, parts = 0): Promise<void> {
    const { state, manifest: found } = this.options;
    await this.stored(() => this.checkHeld());
    this.parts.all = parts;
    this.inode = await inodeOf(this.path);
    if (state === "begun") {
      this.hasBegun = true;
      return;
    }
    if (state === "damaged") await this.setAside([names.manifest], "it can't be read, or is missing");
    // Records first, so that none is taken for one of the new results.
    await this.remove(this.old.filter((name) => isPartFile("parts", name)));
    this.hasBegun = true;
    const { count } = this.shard;
    const text = manifestText({ ...(found ?? manifest), ...(count > 1 && { shards: count }), complete: false, files: undefined });
    const replaces = state === "complete" || this.old.includes(names.manifest);
    await this.stored(async () => {
      const path = await this.known(names.manifest);
      try {
        await writeFile(path, text, () => this.checkOpen(), !replaces);
      } catch (error) {
        // Another shard was a little faster.
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        const there = readManifest(await readFile(path, "utf8"));
        const differs = typeof there === "object" ? difference(manifest, there) : `${names.manifest} can't be read`;
        if (differs) throw otherResults(this.path, differs);
      }
    });
    await this.remove(this.old.filter((name) => name !== names.manifest));
  }

  /** Removes old results. */
  async clear(): Promise<void> {
    await this.remove(this.old);
  }

  /** Another results folder in this one, which is abandoned with it. */
  hold(folder: ResultsFolder): void {
    this.inner.push(folder);
  }

  /** `close` ends what writes files of parts, when the writing is abandoned. */
  onAbandon(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** Fires where the folder can't be written any more, with the error as its reason. */
  get lost(): AbortSignal {
    return this.losing.signal;
  }

  /** Ends the work on the folder, and has its next use throw this: it can't be written any more. */
  fail(error: unknown): void {
    this.losing.abort(error);
  }

  /** Whether all files that the manifest lists are as they were written; those that are not are set aside, and temporaries are removed. */
  async isIntact(): Promise<boolean> {
    // The power may fail after the manifest says complete, and before what was removed is gone from the disk.
    if (this.shard.count === 1)
      await this.remove((await this.stored(() => contents(this.path))).filter((name) => temporaryOf(name) !== undefined));
    const files = this.options.manifest?.files ?? {};
    const ours = Object.entries(files).filter(([name]) => isKnown(name) || innerFolder(name) !== undefined);
    const changes = await this.changes(Object.fromEntries(ours));
    for (const [name, what] of changes)
      if (isKnown(name)) await this.setAside([name], what === "missing" ? "it is missing" : "it is changed");
    return changes.size === 0;
  }

  /** Performs a search for parts that are there. Until it is done, as where it fails, more may be whole than are known. */
  async looking<T>(search: () => Promise<T>): Promise<T> {
    this.isLooking = true;
    const found = await search();
    this.isLooking = false;
    return found;
  }

  /** Counts a part that was there. @param files of the part, and its record */
  keep(files: Readonly<Record<string, FileDigest>>): void {
    Object.assign(this.whole, files);
    this.parts.whole++;
  }

  /** Removes what a process left that did not come to its end: files of this program that are not of whole parts. */
  async tidy(): Promise<void> {
    const { index, count } = this.shard;
    const isOurs = (name: string) => {
      const file = temporaryOf(name) ?? name;
      if (file === names.manifest && file === name) return false;
      if (!isKnown(file) || file.startsWith("damaged/") || name in this.whole) return false;
      if (file.startsWith("locks/")) return file !== name && count === 1;
      const part = partOf(file);
      // Other shards write beside this one.
      return count === 1 || (part !== undefined && part % count === index);
    };
    await this.remove((await this.stored(() => contents(this.path))).filter(isOurs));
  }

  /** The path at which a file of a part is to be written, whole; its folder is there. The part counts when `commit` is done. */
  async pathOf(name: string): Promise<string> {
    return this.stored(async () => {
      const path = await this.known(name);
      if (!(await this.has(name))) this.begun.add(name); // else it is another's
      return path;
    });
  }

  /** Writes the record of a part. @param files of the part, which are in place */
  async commit(name: string, record: string, files: Readonly<Record<string, FileDigest>>): Promise<void> {
    const path = await this.pathOf(name);
    await this.stored(async () => {
      const digest = await writeFile(path, record, () => this.checkOpen(), true);
      this.keep({ ...files, [name]: digest });
    });
  }

  /**
   * Puts what is left of the results in place: these files, each replaced if it is there, and then the manifest, complete, which lists
   * all files with their SHA-256, those that it lists already too. Then the folder is released.
   */
  async end(files: Files, { shards: _, ...manifest }: { files?: object; [key: string]: unknown }): Promise<void> {
    await this.stored(async () => {
      for (const [name, content] of Object.entries(files)) {
        const file = await this.openFile(name);
        const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
        for (const piece of pieces) await file.append(Buffer.from(piece as string));
      }
      const digests = Object.fromEntries([...this.opened].map(([name, file]) => [name, file.digest()]));
      const listed = { ...manifest.files, ...sorted(this.whole), ...digests };
      await (await this.openFile(names.manifest)).append(Buffer.from(manifestText({ ...manifest, complete: true, files: listed })));
      for (const file of this.opened.values()) await file.close();
    });
    this.checkOpen();
    await this.stored(() => this.checkHeld());
    this.placing = this.place();
    await this.placing;
    await this.release();
  }

  /** Lets other processes write the folder. */
  async release(): Promise<void> {
    await this.options.lock?.release();
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
    const isThere = this.inode === undefined || (await inodeOf(this.path)) === this.inode;
    const sweeps = inner.filter(({ isWritten }) => isWritten).length;
    const outcomes = inner.flatMap(({ outcome }) => outcome ?? []);
    if (sweeps > 0) outcomes.push(`${sweeps} ${sweeps === 1 ? "sweep is" : "sweeps are"} complete in ${this.path}.`);
    if (!isThere) outcomes.push(`What was written went with the folder.`);
    else if (this.parts.whole > 0) {
      const known = `${this.isLooking ? "At least " : ""}${this.parts.whole} of ${this.parts.all}`;
      outcomes.push(`${known} parts are whole, and stay in ${this.path}.`);
    }
    try {
      await this.placing;
      if (this.placing) return { isWritten: true };
    } catch (error) {
      // Nothing was put in place; but parts are.
      if (!(error instanceof SinkflowError) || outcomes.length === 0 || error.outcome !== nothingWritten) throw error;
      throw new SinkflowError(error.failure, error.message, outcomes.join(" "));
    } finally {
      for (const file of this.opened.values()) await file.discard();
      if (isThere) await this.discard(outcomes.length > 0 || this.placing !== undefined);
      else await this.release().catch(() => {});
    }
    if (outcomes.length === 0 && this.old.length > 0 && this.hasBegun)
      outcomes.push(`The old results in ${this.path} are deleted, and nothing of new ones is whole.`);
    return { isWritten: false, ...(outcomes.length > 0 && { outcome: outcomes.join(" ") }) };
  }

  /** Removes what was begun of parts that are not whole; and the manifest, unless something stays. */
  private async discard(stays: boolean): Promise<void> {
    try {
      await this.checkHeld();
    } catch {
      return;
    }
    const isOurs = (name: string) => this.begun.has(name) && !(name in this.whole);
    const present = await contents(this.path).catch(() => []);
    // What can't be removed stays: why the writing ended is what is told.
    const remove = (name: string) => rm(join(this.path, name), { force: true }).catch(() => {});
    for (const name of present) if (isOurs(temporaryOf(name) ?? name)) await remove(name);
    // Other shards go on with it; one that was there before stays; and beside other files it tells that the folder is one of results.
    const isShared = this.shard.count > 1 || present.some((name) => !isKnown(name) && temporaryOf(name) === undefined);
    const isOwn = this.hasBegun && !isShared && this.options.state === "new";
    if (isOwn && !stays) await remove(names.manifest);
    await this.release().catch(() => {});
    await this.removeEmpty();
    for (const made of this.created.reverse()) await rmdir(made).catch(() => {}); // it stays if something is in it
  }

  /** As it may be after this process stood still for a minute: what is there then is the other's. */
  protected override async checkHeld(): Promise<void> {
    await this.options.lock?.check();
  }

  private async remove(files: readonly string[]): Promise<void> {
    await this.stored(async () => {
      await this.checkHeld();
      for (const name of files) {
        await rm(join(this.path, name), { force: true });
        this.hasBegun = true;
      }
      await this.removeEmpty();
    });
  }

  /** Removes its own folders that hold nothing; but not those in which another shard may be about to write. */
  private async removeEmpty(): Promise<void> {
    if (this.shard.count === 1) for (const folder of folders) await rmdir(join(this.path, folder)).catch(() => {});
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
    await this.checkThere();
    const place = join(this.path, name);
    if (dirname(name) !== ".") await makeFolder(dirname(place));
    return place;
  }

  protected override checkOpen(): void {
    if (this.isAbandoned) throw new SinkflowError("interrupted", "interrupted");
    this.lost.throwIfAborted();
  }
}

export const otherResults = (path: string, differs: string) =>
  new SinkflowError(
    "storage",
    `${path}: expected a new folder, or results of the same inputs, got others (${differs}); --fresh replaces them`,
  );

const sorted = (files: Readonly<Record<string, FileDigest>>) =>
  Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
