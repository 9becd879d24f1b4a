import { open, readFile, rm, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { unsealed } from "./digest.ts";
import { temporaryPath } from "./durableFile.ts";
import { contents, makeFolders, storageError } from "./fileSystem.ts";
import { otherResults, ResultsFolder } from "./folder.ts";
import { clearLocks, Lock } from "./lock.ts";
import { type Description, difference, identityOf, readManifest, type StoredManifest } from "./manifest.ts";
import { isKnown, isPartFile, lockFile, names, type Shard, temporaryOf } from "./names.ts";

export interface Preparation {
  /** What the results are of. */
  manifest: Description;
  /** Whether results that the folder holds are deleted. */
  fresh?: boolean;
  /** What of a sweep is written; by default all. */
  shard?: Shard;
  /** Names of folders in it that are results folders themselves. */
  inner?: readonly string[];
  /** Whether shards have written it, whatever their number, and none does now. */
  isMerged?: boolean;
  /** Is told, in a line, what was found that is not as it was written. */
  onDamage?: (line: string) => void;
}

const whole: Shard = { index: 0, count: 1 };

/**
 * Makes sure that results can be written to a folder, creating it if need be, and takes its lock. Results of the same inputs that it holds
 * are gone on with; others are refused unless `fresh`, and a folder with any other files and no manifest always is. Throws
 * SinkflowError("storage"). Nothing is deleted before `ResultsFolder.begin`.
 */
export async function prepareFolder(path: string, preparation: Preparation): Promise<ResultsFolder> {
  const { shard = whole, inner = [] } = preparation;
  try {
    await look(path, inner);
    const created = await makeWritable(path);
    let lose: (error: unknown) => void = () => {};
    try {
      const lock = await Lock.take(join(path, lockFile(shard)), (error) => lose(error));
      try {
        const folder = await lockedFolder(path, { ...preparation, shard }, created, lock);
        lose = (error) => folder.fail(storageError(path, error));
        return folder;
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      for (const made of created.reverse()) await rmdir(made).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw storageError(path, error);
  }
}

/** The manifest of results that a folder holds, if there is one that can be read. Throws as `prepareFolder` does for a folder of other files. */
export async function manifestIn(path: string, inner: readonly string[] = []): Promise<StoredManifest | undefined> {
  const { manifest } = await look(path, inner).catch((error) => Promise.reject(storageError(path, error)));
  return typeof manifest === "object" ? manifest : undefined;
}

/** Removes the locks in a folder whose holders are gone. Throws SinkflowError("storage") where a process writes it. */
export async function clearLocksIn(path: string): Promise<void> {
  try {
    await clearLocks(locksIn(path, await contents(path)));
  } catch (error) {
    throw storageError(path, error);
  }
}

/** Removes the results that a folder holds, and the folder if nothing else is in it. Throws SinkflowError("storage"). */
export async function removeResults(path: string): Promise<void> {
  const { present, manifest } = await look(path, []);
  await clearLocks(locksIn(path, present));
  const folder = new ResultsFolder(path, { old: oldFiles(present, manifest), state: "new" });
  await folder.clear();
  await rmdir(path).catch(() => {});
}

async function lockedFolder(
  path: string,
  { manifest: wanted, fresh = false, shard, inner = [], isMerged = false, onDamage }: Preparation & { shard: Shard },
  created: string[],
  lock: Lock,
): Promise<ResultsFolder> {
  const { present, manifest: found } = await look(path, inner);
  const base = { created, lock, shard, ...(onDamage && { onDamage }) };
  if (fresh || isMerged) await clearLocks(locksIn(path, present).filter((other) => other !== join(path, lockFile(shard))));
  if (fresh) {
    return new ResultsFolder(path, { ...base, old: oldFiles(present, found), state: "new" });
  }
  if (typeof found === "object") {
    const shards = found.shards ?? 1;
    if (!found.complete && !isMerged && shards !== shard.count)
      throw new SinkflowError(
        "storage",
        `${path}: expected results of ${told(shard.count)}, got those of ${told(shards)}; another folder holds yours`,
      );
    const differs = difference(wanted, found);
    if (differs) throw otherResults(path, differs);
    return new ResultsFolder(path, { ...base, state: found.complete ? "complete" : "begun", manifest: found });
  }
  const identities = await identitiesOfRecords(path, present);
  const others = identities.filter((identity) => identity !== identityOf(wanted));
  if (others.length > 0)
    throw otherResults(path, `${others.length} of ${identities.length} parts are of others, and ${names.manifest} can't be read`);
  if (found === undefined && identities.length === 0 && present.some((name) => isKnown(name) && !isPassing(name)))
    throw new SinkflowError(
      "storage",
      `${path}: expected a new folder or one with a ${names.manifest}, got incomplete results without; --fresh replaces them`,
    );
  return new ResultsFolder(path, { ...base, state: found === undefined && identities.length === 0 ? "new" : "damaged" });
}

const told = (shards: number) => (shards === 1 ? "a sweep without shards" : `${shards} shards`);

/** Whether a file says nothing of results: a lock, or what was set aside. */
const isPassing = (name: string) => name.startsWith("locks/") || name.startsWith("damaged/");

const locksIn = (path: string, present: readonly string[]) =>
  present.filter((name) => name.startsWith("locks/") && isKnown(name)).map((name) => join(path, name));

/** The identities of the results of which there are records that are as they were written. */
async function identitiesOfRecords(path: string, present: readonly string[]): Promise<unknown[]> {
  const identities: unknown[] = [];
  for (const name of present.filter((name) => isPartFile("parts", name) && isKnown(name))) {
    const text = unsealed(await readFile(join(path, name), "utf8"));
    if (text !== undefined) identities.push(JSON.parse(text).identity);
  }
  return identities;
}

/** What a folder holds, and its manifest. Throws SinkflowError("storage") where there are other files and no manifest of this program. */
async function look(
  path: string,
  inner: readonly string[],
): Promise<{ present: string[]; manifest: StoredManifest | "damaged" | undefined }> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === false) throw new SinkflowError("storage", `${path}: expected a folder, got a file`);
  const innerFolders = inner.map((name) => `${name}/`);
  const present = (await contents(path)).filter((name) => !innerFolders.includes(name));
  if (!present.includes(names.manifest)) {
    const ours = present.filter((name) => isKnown(name) || temporaryOf(name) !== undefined);
    if (ours.length < present.length)
      throw new SinkflowError("storage", `${path}: expected an empty or a results folder, got one that holds other files`);
    return { present, manifest: undefined };
  }
  const manifest = readManifest(await readFile(join(path, names.manifest), "utf8"));
  // Of one that is empty or cut off, records tell whose it was.
  if (manifest === "foreign" && (await identitiesOfRecords(path, present)).length > 0) return { present, manifest: "damaged" };
  if (manifest === "foreign")
    throw new SinkflowError("storage", `${path}: expected a ${names.manifest} of this program, got one that can't be read`);
  return { present, manifest };
}

/**
 * The files in a folder that new results replace, the manifest as the last: of complete results those that the manifest lists and this
 * program writes, of others all that have names of this program; what was set aside; and what a process left that was killed.
 */
function oldFiles(present: readonly string[], manifest: StoredManifest | "damaged" | undefined): string[] {
  const isComplete = typeof manifest === "object" && manifest.complete;
  const listed = isComplete ? Object.keys(manifest.files ?? {}).filter(isKnown) : present.filter(isKnown);
  const left = present.filter((name) => temporaryOf(name) !== undefined || (name.startsWith("damaged/") && isKnown(name)));
  const old = new Set([...left, ...listed.filter((name) => !name.startsWith("locks/"))]);
  old.delete(names.manifest);
  return [...old, ...(present.includes(names.manifest) ? [names.manifest] : [])];
}

/** Creates a folder if need be, and tries to write to it. Returns the folders it made, outermost first. */
async function makeWritable(path: string): Promise<string[]> {
  const folder = resolve(path);
  const created: string[] = [];
  await makeFolders(folder, created);
  const trial = temporaryPath(join(folder, names.manifest));
  await (await open(trial, "wx")).close();
  await rm(trial);
  return created;
}
