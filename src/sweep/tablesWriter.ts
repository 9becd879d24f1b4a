import { Worker } from "node:worker_threads";
import type { TimedTrajectory } from "../ensemble/timed.ts";
import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import type { FileDigest } from "./durableFile.ts";
import type { FollowedPortion } from "./follow.ts";

/** What src/writer.ts is started with. */
export interface WriterSetup {
  specification: Specification;
  engine: Engine["kind"];
}

/** A table of a part that is written to a path. */
export type WriterRequest =
  | { kind: "runs"; path: string; portions: Pick<FollowedPortion, "point" | "first" | "count" | "rows" | "vectors">[] }
  | { kind: "trajectories"; path: string; portions: { point: number; trajectories: TimedTrajectory[] }[] };

/** A file that is in place; or why it is not. */
export type WriterAnswer = { digest: FileDigest } | { message: string; code?: string };

/** A thread that encodes tables and writes them, one at a time. A failure of the file system is thrown as it is there, with its `code`. */
export class TablesWriter {
  private readonly worker: Worker;
  private readonly waiting: { resolve: (digest: FileDigest) => void; reject: (error: Error) => void }[] = [];
  private end: Error | undefined;

  constructor(specification: Specification, engine: Engine["kind"]) {
    const workerData: WriterSetup = { specification, engine };
    this.worker = new Worker(new URL("./writer.js", import.meta.url), { workerData });
    this.worker.on("message", (answer: WriterAnswer) => {
      const { resolve, reject } = this.waiting.shift() as (typeof this.waiting)[number];
      if ("digest" in answer) resolve(answer.digest);
      else reject(Object.assign(new Error(answer.message), answer.code && { code: answer.code }));
    });
    this.worker.on("error", (error: Error) => this.fail(error));
    this.worker.on("exit", () => this.fail(new Error("the thread that encodes tables ended")));
  }

  /** Throws where the file can't be written, and where the thread ends. */
  write(request: WriterRequest): Promise<FileDigest> {
    return new Promise((resolve, reject) => {
      if (this.end) return reject(this.end);
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate(); // also in the middle of a request
  }

  private fail(error: Error): void {
    this.end ??= error;
    for (const { reject } of this.waiting.splice(0)) reject(this.end);
  }
}
