import { closeSync, openSync, readSync } from "node:fs";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { maxBytes, readSpecification } from "../model/source.ts";

/** Reads a specification from a file, or from standard input for `-`; never more than it may hold. */
export async function loadSpecification(path: string, settings: readonly string[], signal: AbortSignal): Promise<Specification> {
  const standard = path === "-";
  const name = standard ? "standard input" : path;
  const bytes = standard ? await untilAborted(signal, standardInput(maxBytes + 1)) : readAtMost(path, name, maxBytes + 1);
  return readSpecification(new TextDecoder().decode(bytes), name, settings);
}

/** A promise that also ends when the signal fires: what can't be interrupted is left behind. */
export function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(new SinkflowError("interrupted", "interrupted")), { once: true }),
  );
  return Promise.race([promise, aborted]);
}

async function standardInput(most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > most) break;
  }
  return Buffer.concat(chunks);
}

function readAtMost(path: string, name: string, most: number): Buffer {
  const buffer = Buffer.alloc(most);
  let length = 0;
  try {
    const fd = openSync(path, "r");
    while (length < most) {
      const read = readSync(fd, buffer, length, most - length, null);
      if (read === 0) break;
      length += read;
    }
    closeSync(fd);
  } catch (error) {
    const known: Record<string, string> = { ENOENT: "there is no such file", EACCES: "permission denied", EISDIR: "it is a folder" };
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SinkflowError("input", `${name}: expected a specification file, got none: ${(code && known[code]) ?? message}`);
  }
  return buffer.subarray(0, length);
}

/** A whole number from `least` to `most` as an option's value. */
export const wholeNumber =
  (flag: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new SinkflowError("input", `${flag}: expected a whole number from ${least} to ${most}, got ${show(text)}`);
    return value;
  };

/** Gathers an option that may be given several times, or with several values. */
export const gather = (value: string, before: string[]): string[] => [...before, value];
