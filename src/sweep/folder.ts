import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { SinkflowError } from "../model/errors.ts";

/** The files that this version writes; a manifest that lists another is not believed. */
const knownFiles = ["summary.json"];
const manifestName = "manifest.json";

/** A file on its way to its name; one that is left behind tells of a process that was killed. */
const temporaryName = (name: string) => `.${name}.${randomBytes(6).toString("hex")}`;
const isOurs = (name: string) =>
  knownFiles.includes(name.replace(/^\.(.*)\.[0-9a-f]{12}$/, "$1").replace(manifestName, knownFiles[0] as string));

/** A results folder that is ready to be written: nothing in it has been touched yet. */
export interface ResultsFolder {
  /** Removes the old results, if there are any, and writes the new ones: each file whole or not at all, the manifest last. */
  write(files: Record<string, string>, manifest: Record<string, unknown>): Promise<void>;
  /** Removes what preparing it created, as long as nothing was written. */
  abandon(): Promise<void>;
}

const storageError = (path: string, error: unknown, outcome?: string) => new SinkflowError("storage", `${path}: ${reason(error)}`, outcome);

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const known: Record<string, string> = {
    EACCES: "expected a folder that can be written, got permission denied",
    EPERM: "expected a folder that can be written, got permission denied",
    EROFS: "expected a folder that can be written, got a read-only file system",
    ENOSPC: "no space is left on the device",
    ENOTDIR: "expected a folder, got a file on the way to it",
    ENOENT: "expected a folder that can be made, got a path that can't exist",
    ENAMETOOLONG: "expected a shorter path",
  };
  return (code && known[code]) ?? (error instanceof Error ? error.message : String(error));
}

/**
 * Makes sure that results can be written to a folder, creating it if need be. One that holds results is refused unless
 * `fresh`; one that holds anything else is refused always. Throws SinkflowError("storage").
 */
export async function prepareFolder(path: string, fresh: boolean): Promise<ResultsFolder> {
  const folder = resolve(path);
  const created: string[] = [];
  let old: string[] = [];
  try {
    await makeFolders(folder, created);
    await access(folder, constants.W_OK | constants.X_OK);
    const probe = join(folder, temporaryName(manifestName));
    await (await open(probe, "wx")).close();
    await rm(probe);
  } catch (error) {
    const isFile = await stat(folder).then(
      (s) => !s.isDirectory(),
      () => false,
    );
    if (isFile) throw new SinkflowError("storage", `${path}: expected a folder, got a file`);
    throw storageError(path, error);
  }
  const present = await readdir(folder);
  if (present.includes(manifestName)) {
    if (!fresh) throw new SinkflowError("storage", `${path}: expected a new folder, got one that holds results; --fresh replaces them`);
    old = await listedFiles(path, join(folder, manifestName));
  } else if (present.length > 0 && present.every(isOurs)) {
    if (!fresh)
      throw new SinkflowError("storage", `${path}: expected a new folder, got one with incomplete results; --fresh replaces them`);
    old = present;
  } else if (present.length > 0) {
    throw new SinkflowError("storage", `${path}: expected an empty or a results folder, got one that holds other files`);
  }

  return {
    async write(files, manifest) {
      let wrote = false;
      try {
        for (const name of old) await rm(join(folder, name), { force: true });
        const listed: Record<string, { sha256: string; bytes: number }> = {};
        for (const [name, text] of Object.entries(files)) {
          await writeDurably(join(folder, name), text);
          wrote = true;
          listed[name] = { sha256: createHash("sha256").update(text).digest("hex"), bytes: Buffer.byteLength(text) };
        }
        await writeDurably(join(folder, manifestName), `${JSON.stringify({ ...manifest, files: listed }, null, 2)}\n`);
      } catch (error) {
        throw storageError(path, error, wrote || old.length > 0 ? "The results there are incomplete." : undefined);
      }
    },
    async abandon() {
      for (const made of created.reverse()) await rmdir(made).catch(() => {}); // it stays if something else is in it by now
    },
  };
}

/** Makes a folder and those it lies in, outermost first. (In Node 20 mkdir's own `recursive` never returns under /proc.) */
async function makeFolders(folder: string, created: string[]): Promise<void> {
  if (await stat(folder).then((s) => s.isDirectory(), isMissing)) return;
  if (dirname(folder) !== folder) await makeFolders(dirname(folder), created);
  await mkdir(folder);
  created.push(folder);
}

/** For `stat`: a missing folder is one to make; any other failure is the answer. */
function isMissing(error: NodeJS.ErrnoException): boolean {
  if (error.code === "ENOENT") return false;
  throw error;
}

/** What an old manifest lists, itself last; only plain names that this program writes. */
async function listedFiles(path: string, manifest: string): Promise<string[]> {
  try {
    const { files } = JSON.parse(await readFile(manifest, "utf8")) as { files: Record<string, unknown> };
    return [...Object.keys(files).filter((name) => knownFiles.includes(name)), manifestName];
  } catch {
    throw new SinkflowError("storage", `${path}: expected a manifest.json of this program, got one that can't be read`);
  }
}

/** The whole file or none: written beside its place, synced, renamed, and the folder synced. */
async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = join(dirname(file), temporaryName(basename(file)));
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(file), "r");
  await folder.sync().catch(() => {}); // some file systems can't; the file itself is safe
  await folder.close();
}
