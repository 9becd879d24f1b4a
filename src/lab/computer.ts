import { SinkflowError } from "../model/errors.ts";
import type { Answer, Message, Request, Results } from "./protocol.ts";

interface Pending {
  resolve: (result: never) => void;
  reject: (error: Error) => void;
  on: Listeners;
}

interface Listeners {
  signal?: AbortSignal;
  progress?: (done: number) => void;
  /** The device was lost, and another is taken. */
  lost?: () => void;
}

/** The thread that computes, as the page sees it. */
export class Computer {
  private readonly worker = new Worker(new URL("./compute.js", import.meta.url), { type: "module" });
  private readonly pending = new Map<number, Pending>();
  private last = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const waiting = this.pending.get(data.id);
      if (!waiting) return;
      if ("progress" in data) {
        waiting.on.progress?.(data.progress);
        return;
      }
      if ("lost" in data) {
        waiting.on.lost?.();
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

  /** Asks for something; a signal that aborts ends it as interrupted. */
  ask<R extends Request>(request: R, on: Listeners = {}): Promise<Results[R["kind"]]> {
    const { signal } = on;
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new SinkflowError("interrupted", "interrupted"));
        return;
      }
      this.pending.set(id, { resolve, reject, on });
      this.post({ id, request });
      signal?.addEventListener("abort", () => {
        if (!this.pending.delete(id)) return; // it has been answered
        this.post({ id, cancel: true });
        reject(new SinkflowError("interrupted", "interrupted"));
      });
    });
  }

  private post(message: Message): void {
    this.worker.postMessage(message);
  }
}
