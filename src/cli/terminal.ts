import { writeSync } from "node:fs";
import { isatty, WriteStream } from "node:tty";
import cliProgress from "cli-progress";
import { SinkflowError, withoutControls } from "../model/errors.ts";

/** The file descriptor of the user's stderr: the supervisor (cli.ts) passes it beside fd 2, which graphics drivers write to. */
const messages = Number(process.env["SINKFLOW_MESSAGES_FD"] ?? 2);
const terminal = isatty(messages) ? new WriteStream(messages) : undefined;

/** Writes a whole text to a file descriptor that may take it in parts. */
function writeAll(fd: number, text: string): void {
  let rest = Buffer.from(text);
  let deadline = Date.now() + 10_000;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
      deadline = Date.now() + 10_000;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return; // the reader ended, as head does
      if (code !== "EAGAIN" || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/**
 * Prints to standard output. Throws SinkflowError("storage") where it can't, with `outcome`, which says what was written elsewhere.
 */
export function print(text: string, outcome?: string): void {
  try {
    writeAll(1, `${withoutControls(text)}\n`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOSPC" ? "no space is left on the device" : message;
    throw new SinkflowError("storage", `standard output: expected room for what is printed, got: ${reason}`, outcome);
  }
}

/** Says a line on the user's stderr. Where there is none, nobody reads it, and nothing else changes. */
export function say(text: string): void {
  try {
    writeAll(messages, `sinkflow: ${withoutControls(text)}\n`);
  } catch {}
}

/** Shows the share of work that is done: as a bar on a terminal, else as a line every 10 seconds. */
interface Progress {
  update(done: number): void;
  stop(): void;
}

/** Shows progress while `work` goes on; `onProgress` takes the share that is done, 0 … 1. */
export async function withProgress<T>(quiet: boolean, work: (onProgress: (done: number) => void) => Promise<T>): Promise<T> {
  const progress = progressBar(quiet);
  try {
    return await work(progress.update);
  } finally {
    progress.stop();
  }
}

function progressBar(quiet: boolean): Progress {
  if (quiet) return { update: () => {}, stop: () => {} };
  const began = Date.now();
  if (!terminal) {
    let last = began;
    return {
      update(done) {
        const now = Date.now();
        if (now - last < 10_000) return;
        last = now;
        const left = done > 0 ? `, about ${Math.ceil(((now - began) * (1 - done)) / done / 1000)} s left` : "";
        say(`${(100 * done).toFixed(0)} % after ${Math.round((now - began) / 1000)} s${left}`);
      },
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: "{bar} {percentage} % | {duration_formatted} | {eta_formatted} left",
    stream: terminal,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  });
  bar.start(1000, 0);
  return {
    update: (done) => bar.update(Math.min(1000, Math.round(1000 * done))),
    stop: () => bar.stop(),
  };
}
