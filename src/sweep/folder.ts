import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { SinkflowError } from "../model/errors.ts";

/** The files that this version writes; a manifest that lists another is not believed. */
const isKnown = (name: string) =>
  /^(summary\.json|report\.html|numbers\.csv|([a-z-]+\.)?(runs|trajectories)\.parquet|figures\/[a-z-]+\.(svg|png|csv))$/.test(name);
const figures = "figures";
const manifestName = "manifest.json";

/** A file on its way to its name; one that is left behind tells of a process that was killed. */
const temporaryName = (name: string) => `.${name}.${randomBytes(6).toString("hex")}`;
const isOurs = (name: string) => isPlain(name.replace(/^((?:figures\/)?)\.(.*)\.[0-9a-f]{12}$/, "$1$2"));
const isPlain = (name: string) => isKnown(name) || name === manifestName;

/** A results folder that is ready to be written: nothing in it has been touched yet. */
export interface ResultsFolder {
  /** Opens a file of results; its bytes wait beside their place until `write` puts all in place. */
  open(name: string): Promise<ResultsFile>;
  /**
   * Removes the old results, if there are any, and puts the new ones in place, those opened before and `files`: each whole
   * or not at all, the manifest last.
   */
  write(files: Record<string, string | Uint8Array>, manifest: Record<string, unknown>): Promise<void>;
  /** Removes what was opened, and what preparing the folder created, as long as nothing was written. */
  abandon(): Promise<void>;
}

/** A file of results on its way. */
export interface ResultsFile {
  append(bytes: Uint8Array): Promise<void>;
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
  const present = await contents(folder);
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

  const opened = new Map<string, DurableFile>();
  const openFile = async (name: string) => {
    const file = await DurableFile.open(join(folder, name));
    opened.set(name, file);
    return file;
  };
  return {
    async open(name) {
      try {
        const file = await openFile(name);
        return {
          append: (bytes) =>
            file.append(bytes).catch((error: unknown) => {
              throw storageError(path, error);
            }),
        };
      } catch (error) {
        throw storageError(path, error);
      }
    },
    async write(files, manifest) {
      let wrote = false;
      try {
        if (Object.keys(files).some((name) => name.startsWith(`${figures}/`))) await makeFolders(join(folder, figures), created);
        for (const [name, content] of Object.entries(files)) await (await openFile(name)).append(Buffer.from(content));
        const listed = Object.fromEntries([...opened].map(([name, file]) => [name, file.digest()]));
        const text = `${JSON.stringify({ ...manifest, files: listed }, null, 2)}\n`;
        await (await openFile(manifestName)).append(Buffer.from(text));
        for (const file of opened.values()) await file.close();
        // From here on the old results are gone.
        wrote = true;
        for (const name of old) await rm(join(folder, name), { force: true });
        for (const file of opened.values()) await file.place();
      } catch (error) {
        throw storageError(path, error, wrote ? "The results there are incomplete." : undefined);
      }
    },
    async abandon() {
      for (const file of opened.values()) await file.discard();
      for (const made of created.reverse()) await rmdir(made).catch(() => {}); // it stays if something else is in it by now
    },
  };
}

/** Names in a results folder, those under figures/ with it. */
async function contents(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  if (!names.includes(`${figures}/`)) return names;
  const pictures = (await readdir(join(folder, figures))).map((name) => `${figures}/${name}`);
  return [...names.filter((name) => name !== `${figures}/`), ...pictures];
}

/** What `report` draws from: the JSON that a folder of results holds, by its manifest. Throws SinkflowError("storage"). */
export async function readResults(
  path: string,
): Promise<{ summary: unknown; manifest: Record<string, unknown>; series: string | undefined }> {
  const read = async (name: string) => {
    try {
      return await readFile(join(path, name), "utf8");
    } catch {
      return undefined;
    }
  };
  const [manifest, summary, series] = [await read(manifestName), await read("summary.json"), await read(`${figures}/shares.csv`)];
  if (manifest === undefined || summary === undefined)
    throw new SinkflowError("storage", `${path}: expected a results folder, with manifest.json and summary.json, got none`);
  try {
    return { summary: JSON.parse(summary), manifest: JSON.parse(manifest) as Record<string, unknown>, series };
  } catch {
    throw new SinkflowError("storage", `${path}: expected the manifest.json and summary.json of this program, got what can't be read`);
  }
}

/** Puts files in place of those of the same names in a folder of results, and corrects its manifest. */
export async function replaceResults(
  path: string,
  files: Record<string, string | Uint8Array>,
  manifest: Record<string, unknown>,
): Promise<void> {
  const listed = { ...(manifest["files"] as Record<string, unknown>) };
  try {
    await makeFolders(join(path, figures), []);
    const place = async (name: string, content: string | Uint8Array) => {
      const file = await DurableFile.open(join(path, name));
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
    for (const [name, content] of Object.entries(files)) listed[name] = await place(name, content);
    await place(manifestName, `${JSON.stringify({ ...manifest, files: listed }, null, 2)}\n`);
  } catch (error) {
    throw storageError(path, error, "Some figures may be new, others old.");
  }
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
    return [...Object.keys(files).filter(isKnown), manifestName];
  } catch {
    throw new SinkflowError("storage", `${path}: expected a manifest.json of this program, got one that can't be read`);
  }
}

/** A file that is whole or not there: written beside its place, synced, renamed into it, and the folder synced. */
class DurableFile {
  private readonly file: string;
  private readonly temporary: string;
  private readonly handle: FileHandle;
  private readonly hash = createHash("sha256");
  private bytes = 0;
  private isOpen = true;

  private constructor(file: string, temporary: string, handle: FileHandle) {
    this.file = file;
    this.temporary = temporary;
    this.handle = handle;
  }

  static async open(file: string): Promise<DurableFile> {
    const temporary = join(dirname(file), temporaryName(basename(file)));
    return new DurableFile(file, temporary, await open(temporary, "wx"));
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.length;
    await this.handle.writeFile(bytes); // from where the last ended; unlike write, all of it
  }

  digest(): { sha256: string; bytes: number } {
    return { sha256: this.hash.copy().digest("hex"), bytes: this.bytes };
  }

  async close(): Promise<void> {
    await this.handle.sync();
    this.isOpen = false;
    await this.handle.close();
  }

  async place(): Promise<void> {
    await rename(this.temporary, this.file);
    const folder = await open(dirname(this.file), "r");
    await folder.sync().catch(() => {}); // some file systems can't; the file itself is safe
    await folder.close();
  }

  async discard(): Promise<void> {
    if (this.isOpen) await this.handle.close().catch(() => {});
    await rm(this.temporary, { force: true });
  }
}
