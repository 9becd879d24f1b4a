import { SinkflowError } from "../model/errors.ts";
import type { Answer, Listeners, Message, Request, Results } from "./protocol.ts";

interface Pending {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
  listeners: Partial<Listeners>;
}

/** The page's side of the thread that computes. */
export class Computer {
  private readonly worker = new Worker(new URL("./compute.js", import.meta.url), { type: "module" });
  private readonly pending = new Map<number, Pending>();
  private last = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const waiting = this.pending.get(data.id);
      if (!waiting) return;
      if ("progress" in data) {
        waiting.listeners.progress?.(data.progress);
        return;
      }
      if ("lost" in data) {
        waiting.listeners.lost?.();
        return;
      }
      this.pending.delete(data.id);
      if ("result" in data) waiting.resolve(data.result as never);
      else waiting.reject(data.failure === "internal" ? new Error(data.message) : new SinkflowError(data.failure, data.message));
    };
    this.worker.onerror = ({ message }) => {
      for (const { reject } of this.pending.values()) reject(new Error(message || "the thread that computes failed"));
      this.pending.clear();
    };
  }

  /** The result of a request. Rejects with SinkflowError: "interrupted" once the signal aborts. */
  ask<R extends Request>(request: R, listeners: Partial<Listeners> = {}): Promise<Results[R["kind"]]> {
    const { signal } = listeners;
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new SinkflowError("interrupted", "interrupted"));
        return;
      }
      this.pending.set(id, { resolve, reject, listeners });
      this.worker.postMessage({ id, request } satisfies Message);
      signal?.addEventListener("abort", () => {
        if (!this.pending.delete(id)) return; // already answered
        this.worker.postMessage({ id, cancel: true } satisfies Message);
        reject(new SinkflowError("interrupted", "interrupted"));
      });
    });
  }
}
