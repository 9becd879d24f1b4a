import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { digestOf, type FileDigest } from "./digest.ts";
import { syncFolder } from "./fileSystem.ts";
import { temporaryName } from "./names.ts";

/** The path at which a file lies while it is written: in the same folder, so that it can be renamed. */
export const temporaryPath = (file: string): string => join(dirname(file), temporaryName(basename(file), randomBytes(6).toString("hex")));

/** Whether this is what a file system says that has no links. */
export const hasNoLinks = (error: unknown): boolean =>
  ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes((error as NodeJS.ErrnoException).code ?? "");

/** A file that is whole or not there: written at a temporary path, synced, renamed, and then its folder is synced. */
export class DurableFile {
  private readonly hash = createHash("sha256");
  private bytes = 0;

  private constructor(
    private readonly file: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  /** @param temporary where it lies until it is placed */
  static async open(file: string, temporary = temporaryPath(file)): Promise<DurableFile> {
    return new DurableFile(file, temporary, await open(temporary, "wx"));
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.length;
    await this.handle.writeFile(bytes); // at the end of what was written before; unlike write, it writes all bytes
  }

  /** SHA-256 and size of what was appended so far. */
  digest(): FileDigest {
    return { sha256: this.hash.copy().digest("hex"), bytes: this.bytes };
  }

  async close(): Promise<void> {
    await this.handle.sync();
    await this.handle.close();
  }

  /** Gives the closed file its name. A file that had this name is replaced. */
  async place(): Promise<void> {
    await rename(this.temporary, this.file);
    await syncFolder(dirname(this.file));
  }

  /**
   * Gives the closed file its name, unless there is a file of this name: one with the same bytes stays (another process did the same work),
   * any other is an error with the code EEXIST.
   */
  async placeNew(): Promise<void> {
    try {
      await link(this.temporary, this.file);
    } catch (error) {
      if (hasNoLinks(error)) return this.place();
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const [there, own] = [await digestOf(this.file), this.digest()];
      if (there.sha256 !== own.sha256) throw error;
    }
    // The file is there: where its other name can't be removed now, it is when a sweep goes on.
    await rm(this.temporary).catch(() => {});
    await syncFolder(dirname(this.file));
  }

  /** Removes the file unless it was placed, where that is possible: why it is discarded is what is told. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => {});
    await rm(this.temporary, { force: true }).catch(() => {});
  }
}

/** Makes a file, whole or not at all. */
async function made(
  path: string,
  fill: (file: DurableFile) => Promise<void>,
  place: (file: DurableFile) => Promise<void>,
): Promise<FileDigest> {
  const file = await DurableFile.open(path);
  try {
    await fill(file);
    await file.close();
    await place(file);
    return file.digest();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Writes a file, whole or not at all. @param check throws where it is no longer to be put in place @param isNew see `placeNew` */
export function writeFile(path: string, content: string | Uint8Array, check: () => void, isNew = false): Promise<FileDigest> {
  const place = async (file: DurableFile) => {
    check();
    await (isNew ? file.placeNew() : file.place());
  };
  return made(path, (file) => file.append(Buffer.from(content)), place);
}

/** Puts a file that is whole elsewhere at a path, as a link or else as a copy. A file that is there is replaced. */
export async function placeCopy(from: string, path: string): Promise<void> {
  await rm(path, { force: true });
  try {
    await link(from, path);
    return await syncFolder(dirname(path));
  } catch {
    // Another file system, or one without links; what else is wrong, copying meets as well.
  }
  const copy = async (file: DurableFile) => {
    for await (const bytes of createReadStream(from)) await file.append(bytes);
  };
  await made(path, copy, (file) => file.place());
}
