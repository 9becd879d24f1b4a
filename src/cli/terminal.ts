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
 * Prints a text, or a long one in pieces, to standard output. Throws SinkflowError("storage") where it can't, with `outcome`, which says
 * what was written elsewhere.
 */
export function print(text: string | Iterable<string>, outcome?: string): void {
  try {
    for (const piece of typeof text === "string" ? [text] : text) writeAll(1, withoutControls(piece));
    writeAll(1, "\n");
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

/**
 * Shows progress while `work` goes on: as a bar on a terminal, else as a line every 10 seconds. `onProgress` takes the share of the
 * work that is done, 0 … 1.
 * @param runs in all, for how many are done a second
 */
export async function withProgress<T>(quiet: boolean, work: (onProgress: (done: number) => void) => Promise<T>, runs?: number): Promise<T> {
  if (quiet) return work(() => {});
  if (!terminal) return work(progressLines(runs));
  const began = Date.now();
  const bar = new cliProgress.SingleBar({
    format: "{bar} {percentage} % | {duration_formatted} | {eta_formatted} left{rate}",
    stream: terminal,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  });
  bar.start(1000, 0, { rate: "" });
  try {
    return await work((done) =>
      bar.update(Math.min(1000, Math.round(1000 * done)), { rate: rateOf(runs, done, Date.now() - began, " | ") }),
    );
  } finally {
    bar.stop();
  }
}

/** How many runs are done a second, after what stands before it; nothing where that is not known. */
const rateOf = (runs: number | undefined, done: number, elapsedMs: number, before: string): string =>
  runs === undefined || elapsedMs === 0 ? "" : `${before}${Number(((1000 * runs * done) / elapsedMs).toPrecision(3))} runs/s`;

function progressLines(runs: number | undefined): (done: number) => void {
  const began = Date.now();
  let last = began;
  return (done) => {
    const now = Date.now();
    if (now - last < 10_000) return;
    last = now;
    const left = done > 0 ? `, about ${Math.ceil(((now - began) * (1 - done)) / done / 1000)} s left` : "";
    say(`${(100 * done).toFixed(0)} % after ${Math.round((now - began) / 1000)} s${left}${rateOf(runs, done, now - began, ", ")}`);
  };
}
