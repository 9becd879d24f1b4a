import { lstat, mkdir, open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { folders } from "./names.ts";

/** Paths of all that a results folder holds, in its own folders, too; any other folder as `NAME/`. A folder that is not there holds nothing. */
export async function contents(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(none);
  const inner = entries.map(async (entry) => {
    const { name } = entry;
    if (!entry.isDirectory()) return [name];
    return folders.includes(name) ? (await readdir(join(path, name)).catch(none)).map((file) => `${name}/${file}`) : [`${name}/`];
  });
  return (await Promise.all(inner)).flat();
}

function none(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT") return [];
  throw error;
}

/** Makes a folder and those it lies in, outermost first. (In Node 20 mkdir's own `recursive` never returns under /proc.) */
export async function makeFolders(folder: string, created: string[]): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (found?.isDirectory()) return;
  const isLink = await lstat(folder).then(
    (entry) => entry.isSymbolicLink(),
    () => false,
  );
  if (!found && isLink) throw new SinkflowError("storage", `${folder}: expected a folder, got a link to what is not there`);
  if (dirname(folder) !== folder) await makeFolders(dirname(folder), created);
  await makeFolder(folder, created);
}

/** Makes a folder in one that is there, if need be. */
export async function makeFolder(folder: string, created: string[] = []): Promise<void> {
  try {
    await mkdir(folder);
    created.push(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // Another part's file has made it, or it is none.
    const found = await lstat(folder);
    if (found.isSymbolicLink()) throw new SinkflowError("storage", `${folder}: expected a folder, got a link`);
    if (!found.isDirectory()) throw Object.assign(new Error(`${folder} is a file`), { code: "ENOTDIR" });
  }
  // Also where another has just made it and may not have synced it yet: else a file in it would count as safe before its folder is.
  await syncFolder(dirname(folder));
}

/** Some file systems can't sync a folder, and one may be written that can't be read; the files in it are safe themselves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** What tells a folder from any other that has its path at another time; undefined where there is none. */
export const inodeOf = (path: string): Promise<string | undefined> =>
  stat(path).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );

const failures: Record<string, string> = {
  EACCES: "expected a folder that can be written, got permission denied",
  EPERM: "expected a folder that can be written, got permission denied",
  EROFS: "expected a folder that can be written, got a read-only file system",
  ENOSPC: "no space is left on the device",
  EDQUOT: "no space is left in the user's quota",
  EIO: "the device failed to read or write",
  ENOTDIR: "expected a folder, got a file on the way to it",
  ERR_FS_EISDIR: "expected a file where results are written, got a folder of that name",
  EISDIR: "expected a file where results are written, got a folder of that name",
  ENOENT: "expected a folder that can be made, got a path that can't exist",
  ENAMETOOLONG: "expected a shorter path",
  ELOOP: "expected a folder, got links that lead to each other",
  ESTALE: "expected a folder that stays, got one that its file server no longer has",
  EFBIG: "expected files below the limit of a process (ulimit -f) and of the file system, got one too large",
  EMFILE: "expected to open one more file, got the limit of a process",
};

/** A failure of the file system, as a user's error; any other error stays what it is. @param outcome what was written, as a sentence */
export function storageError(path: string, error: unknown, outcome?: string): unknown {
  if (error instanceof SinkflowError || !(error instanceof Error && "code" in error)) return error;
  return new SinkflowError("storage", `${path}: ${failures[String(error.code)] ?? error.message}`, outcome);
}
