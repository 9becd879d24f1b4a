import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Digest } from "./manifest.ts";
import { temporaryName } from "./names.ts";

/** The path at which a file lies while it is written: in the same folder, so that it can be renamed. */
export const temporaryPath = (file: string): string => join(dirname(file), temporaryName(basename(file), randomBytes(6).toString("hex")));

/** A file that is whole or not there: written at a temporary path, synced, renamed, and then its folder is synced. */
export class DurableFile {
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
    const temporary = temporaryPath(file);
    return new DurableFile(file, temporary, await open(temporary, "wx"));
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.length;
    await this.handle.writeFile(bytes); // from the end of the last; unlike write, all of it
  }

  digest(): Digest {
    return { sha256: this.hash.copy().digest("hex"), bytes: this.bytes };
  }

  async close(): Promise<void> {
    await this.handle.sync();
    this.isOpen = false;
    await this.handle.close();
  }

  /** Gives the file its name, replacing one of that name. */
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
