import { writeSync } from "node:fs";
import { isatty, WriteStream } from "node:tty";
import cliProgress from "cli-progress";
import { SinkflowError, withoutControls } from "../model/errors.ts";
import type { Progress } from "../sweep/stages.ts";

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

/** Seconds in words: the largest unit of which there are two. */
export function duration(seconds: number): string {
  const units = [
    ["s", 1],
    ["min", 60],
    ["hours", 3600],
    ["days", 86_400],
    ["years", 31_557_600],
  ] as const;
  const [name, length] = units.findLast(([, length]) => seconds >= 2 * length) ?? units[0];
  return `${Math.ceil(seconds / length).toLocaleString("en", { maximumSignificantDigits: 3 })} ${name}`;
}

/** Milliseconds between lines of progress; from when on it is told how long all takes; and from how long on that is worth a line. */
const lineMs = 10_000;
const settledMs = 5000;
const longMs = 600_000;

/**
 * Shows progress while `work` goes on: as a bar on a terminal, else as a line every 10 seconds, whether or not anything is known of it.
 * Where all takes more than ten minutes, a line says so once the rate is known; and before, as soon as `atOnce` runs that are not done tell it.
 * @param atOnce how many runs are followed at a time, at most, where all take as long
 */
export async function withProgress<T>(quiet: boolean, work: (onProgress: Progress) => Promise<T>, atOnce = Infinity): Promise<T> {
  if (quiet) return work(() => {});
  const began = Date.now();
  const { show, end } = terminal ? progressBar(terminal) : progressLines();
  let isLongSaid = false;
  let isLeastSaid = false;
  let last: Parameters<Progress> = [0];
  const tell: Progress = (done, runs) => {
    last = [done, runs];
    const elapsed = Date.now() - began;
    const leastMs = elapsed * Math.ceil((runs ?? 0) / atOnce);
    if (!isLongSaid && done > 0 && elapsed >= settledMs) {
      isLongSaid = true;
      if (elapsed / done > longMs) say(`this takes about ${duration(elapsed / done / 1000)} in all, at the rate so far`);
    } else if (!isLongSaid && !isLeastSaid && elapsed >= lineMs && leastMs > longMs) {
      isLeastSaid = true;
      say(`this takes more than ${duration(leastMs / 1000)} in all: no run is done, and ${runs} are to be`);
    }
    show(done, elapsed, runs);
  };
  const timer = setInterval(() => tell(...last), 1000);
  try {
    return await work(tell);
  } finally {
    clearInterval(timer);
    end();
  }
}

interface Display {
  show(done: number, elapsedMs: number, runs: number | undefined): void;
  end(): void;
}

function progressBar(stream: WriteStream): Display {
  const bar = new cliProgress.SingleBar({
    format: "{bar} {percentage} % | {duration_formatted}{left}{rate}",
    stream,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1000, 0, { left: "", rate: "" });
  return {
    show: (done, elapsed, runs) =>
      bar.update(Math.min(1000, Math.round(1000 * done)), { left: leftOf(done, elapsed, " | "), rate: rateOf(runs, done, elapsed, " | ") }),
    end: () => bar.stop(),
  };
}

function progressLines(): Display {
  let last = 0;
  return {
    show(done, elapsed, runs) {
      if (elapsed - last < lineMs) return;
      last = elapsed;
      say(
        `${(100 * done).toFixed(0)} % after ${Math.round(elapsed / 1000)} s${leftOf(done, elapsed, ", about ")}${rateOf(runs, done, elapsed, ", ")}`,
      );
    },
    end: () => {},
  };
}

/** How long it still takes, after what stands before it; nothing where that is not known. */
const leftOf = (done: number, elapsedMs: number, before: string): string =>
  done > 0 ? `${before}${duration((elapsedMs * (1 - done)) / done / 1000)} left` : "";

/** How many runs are done a second, after what stands before it; nothing before the first is done. */
const rateOf = (runs: number | undefined, done: number, elapsedMs: number, before: string): string =>
  runs === undefined || elapsedMs === 0 || runs * done < 1
    ? ""
    : `${before}${Number(((1000 * runs * done) / elapsedMs).toPrecision(3))} runs/s`;
