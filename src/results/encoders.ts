import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { poolOf, type ThreadPool } from "../ensemble/pool.ts";
import { threadOf } from "../ensemble/thread.ts";
import { definitionModules } from "../model/definitions.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { FileDigest } from "./digest.ts";
import { temporaryPath } from "./durableFile.ts";
import type { PartRows, PointTrajectories } from "./tables.ts";

/** What src/encoder.ts is started with. */
export interface EncoderSetup {
  specification: Specification;
  engine: Engine["kind"];
  /** Addresses of the modules of definitions that are held. */
  modules: readonly string[];
}

/** What a file holds. */
type Content = { kind: "runs"; part: PartRows } | { kind: "trajectories"; points: readonly PointTrajectories[] };
/** A file to be encoded and put at a path; until then it lies at `temporary`. */
export type EncoderTask = Content & { path: string; temporary: string };
/** A file that is in place; or why it is not. */
export type EncoderAnswer = { digest: FileDigest } | { message: string; code?: string };

interface EncodersOptions {
  /** Most threads; by default as many as the machine runs at once, up to four. */
  threads?: number;
  /** The built src/encoder.ts. */
  program?: URL;
}

/**
 * Threads that encode tables of parts. Each file is encoded, hashed, written, synced and renamed by one of them; its bytes never come
 * to the caller. To be closed.
 */
export class Encoders {
  private readonly pool: ThreadPool<EncoderTask>;
  private readonly writing = new Set<Promise<FileDigest>>();
  /** End the waiting for tasks, those that no thread has begun too. */
  private readonly giveUp = new Set<(error: Error) => void>();

  constructor(setup: Omit<EncoderSetup, "modules">, options: EncodersOptions = {}) {
    const { threads = Math.min(4, availableParallelism()), program = new URL("./encoder.js", import.meta.url) } = options;
    this.pool = poolOf<EncoderTask>(threads, () =>
      threadOf(
        new Worker(program, { workerData: { ...setup, modules: definitionModules() } satisfies EncoderSetup }),
        "a thread that encodes tables ended",
      ),
    );
  }

  /**
   * Writes a table of runs. Arrays in shared memory are not copied: they must stay as they are until this is done. Throws where the file can't
   * be written (with the `code` of the file system), and where the thread or all of them end. What then has the path is what had it before, or
   * the whole file; nothing lies beside it.
   */
  writeRuns(path: string, { segments, rows }: PartRows): Promise<FileDigest> {
    // These alone: what else the caller's objects have would be copied.
    const plain = segments.map(({ point, first, count, vectors }) => ({ point, first, count, ...(vectors && { vectors }) }));
    return this.write(path, { kind: "runs", part: { segments: plain, rows } });
  }

  /** Writes a table of trajectories, which are copied. Throws as `writeRuns` does. */
  writeTrajectories(path: string, points: readonly PointTrajectories[]): Promise<FileDigest> {
    return this.write(path, { kind: "trajectories", points: points.map(({ point, trajectories }) => ({ point, trajectories })) });
  }

  /** Ends the threads, also while they write. */
  async close(): Promise<void> {
    await this.pool.close();
    for (const reject of this.giveUp) reject(new Error("the threads that encode tables were ended"));
    await Promise.allSettled(this.writing);
  }

  private write(path: string, content: Content): Promise<FileDigest> {
    const written = this.perform({ ...content, path, temporary: temporaryPath(path) });
    this.writing.add(written);
    const done = () => this.writing.delete(written);
    written.then(done, done);
    return written;
  }

  private async answerOf(task: EncoderTask): Promise<EncoderAnswer> {
    let giveUp: (error: Error) => void = () => {};
    try {
      return await new Promise((resolve, reject) => {
        giveUp = reject;
        this.giveUp.add(giveUp);
        this.pool.perform(task).then((answer) => resolve(answer as EncoderAnswer), reject);
      });
    } finally {
      this.giveUp.delete(giveUp);
    }
  }

  private async perform(task: EncoderTask): Promise<FileDigest> {
    try {
      const answer = await this.answerOf(task);
      if ("digest" in answer) return answer.digest;
      throw Object.assign(new Error(answer.message), answer.code && { code: answer.code });
    } catch (error) {
      await rm(task.temporary, { force: true }).catch(() => {}); // of a thread that ended
      throw error;
    }
  }
}
