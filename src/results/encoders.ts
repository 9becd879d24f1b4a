import { once } from "node:events";
import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { poolOf, type Thread, type ThreadPool } from "../ensemble/pool.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { FileDigest } from "./digest.ts";
import { temporaryPath } from "./durableFile.ts";
import type { PartRows, PointTrajectories } from "./tables.ts";

/** What src/encoder.ts is started with. */
export interface EncoderSetup {
  specification: Specification;
  engine: Engine["kind"];
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
  private end: (error: Error) => void = () => {};
  private readonly ended = new Promise<never>((_, reject) => {
    this.end = reject;
  });

  constructor(setup: EncoderSetup, options: EncodersOptions = {}) {
    const { threads = Math.min(4, availableParallelism()), program = new URL("./encoder.js", import.meta.url) } = options;
    this.pool = poolOf<EncoderTask>(threads, () => threadOf(new Worker(program, { workerData: setup })));
    this.ended.catch(() => {}); // writes throw it
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
    this.end(new Error("the threads that encode tables were ended"));
    await Promise.allSettled(this.writing);
  }

  private write(path: string, content: Content): Promise<FileDigest> {
    const written = this.perform({ ...content, path, temporary: temporaryPath(path) });
    this.writing.add(written);
    const done = () => this.writing.delete(written);
    written.then(done, done);
    return written;
  }

  private async perform(task: EncoderTask): Promise<FileDigest> {
    try {
      const answer = (await Promise.race([this.pool.perform(task), this.ended])) as EncoderAnswer;
      if ("digest" in answer) return answer.digest;
      throw Object.assign(new Error(answer.message), answer.code && { code: answer.code });
    } catch (error) {
      await rm(task.temporary, { force: true }).catch(() => {}); // of a thread that ended
      throw error;
    }
  }
}

function threadOf(worker: Worker): Thread<EncoderTask> {
  worker.on("error", () => {}); // tasks throw it
  const ended = once(worker, "exit").then(() => {
    throw new Error("a thread that encodes tables ended");
  });
  ended.catch(() => {});
  return {
    perform: async (task) => {
      worker.postMessage(task);
      const [answer] = await Promise.race([once(worker, "message"), ended]);
      return answer;
    },
    close: () => worker.terminate(),
  };
}
