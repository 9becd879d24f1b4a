import { readFile, rename, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { digestOf, type FileDigest } from "./digest.ts";
import { inodeOf, makeFolder, storageError } from "./fileSystem.ts";
import { damagedFile } from "./names.ts";

export interface FilesOptions {
  /** Is told, in a line, of each file that is not as it was written. */
  onDamage?: (line: string) => void;
  /** Whether the folder is read alone: damaged files stay where they are. */
  isReadOnly?: boolean;
}

/** The files of a results folder, as they are there. Errors of the file system are SinkflowError("storage"). */
export class FolderFiles {
  /** What is being done with files. */
  protected readonly pending = new Set<Promise<unknown>>();
  /** What tells the folder from another of its path; undefined as long as nothing is written. */
  protected inode: string | undefined;

  constructor(
    readonly path: string,
    private readonly files: FilesOptions,
  ) {}

  /** Throws where files may not be removed or moved, since another process writes them now. */
  protected async checkHeld(): Promise<void> {}

  async has(name: string): Promise<boolean> {
    return (await inodeOf(join(this.path, name))) !== undefined;
  }

  /** The bytes of a file; undefined where it is not there. */
  async read(name: string): Promise<Buffer | undefined> {
    return readFile(join(this.path, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw storageError(this.path, error);
    });
  }

  /** Those of these files that are not as they were written, with what they are. */
  async changes(files: Readonly<Record<string, FileDigest>>): Promise<Map<string, "missing" | "changed">> {
    const changes = new Map<string, "missing" | "changed">();
    for (const [name, { sha256, bytes }] of Object.entries(files)) {
      const found = await this.digestOf(name);
      if (!found) changes.set(name, "missing");
      else if (found.sha256 !== sha256 || found.bytes !== bytes) changes.set(name, "changed");
    }
    return changes;
  }

  /** Moves files to the folder of damaged ones, those that are there, and says so. */
  async setAside(files: readonly string[], reason: string): Promise<void> {
    if (this.files.isReadOnly) return this.files.onDamage?.(`${this.path}/${files[0]}: ${reason}; it is not taken.`);
    await this.stored(async () => {
      await this.checkHeld();
      const moved: string[] = [];
      for (const name of files) {
        const to = damagedFile(name);
        await makeFolder(dirname(join(this.path, to)));
        try {
          await rename(join(this.path, name), join(this.path, to));
          moved.push(to);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        }
      }
      if (moved.length === 0) await rmdir(join(this.path, "damaged")).catch(() => {});
      const [first] = files;
      const where = moved.length > 0 ? ` Moved to ${moved.join(", ")}.` : "";
      this.files.onDamage?.(`${this.path}/${first}: ${reason}; it is made again.${where}`);
    });
  }

  /** What tells a file that is there; undefined where none is. A folder of its name has no digest that a file can have. */
  async digestOf(name: string): Promise<FileDigest | undefined> {
    return this.stored(() =>
      digestOf(join(this.path, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "EISDIR") return { sha256: "", bytes: 0 };
        if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
        throw error;
      }),
    );
  }

  /** Throws where the folder is no longer the one that was begun. */
  protected async checkThere(): Promise<void> {
    if (this.inode === undefined) return;
    const now = await inodeOf(this.path);
    if (now === this.inode) return;
    const what = now === undefined ? "it is gone" : "another one has its path";
    throw new SinkflowError("storage", `${this.path}: expected the folder that was there when writing began, but ${what}`);
  }

  /** Throws where the folder is no longer to be used. */
  protected checkOpen(): void {}

  /** Does something with files, unless the writing was abandoned. Throws SinkflowError("storage") where the file system fails. */
  async stored<T>(act: () => Promise<T>, outcome?: () => string | undefined): Promise<T> {
    this.checkOpen();
    const acting = act();
    this.pending.add(acting);
    try {
      return await acting;
    } catch (error) {
      await this.checkThere(); // the file system's own words would tell of a path in it
      throw storageError(this.path, error, outcome?.());
    } finally {
      this.pending.delete(acting);
    }
  }
}
