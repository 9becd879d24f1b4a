import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { maxBytes, readSpecification } from "../model/source.ts";

/** Reads a specification from a file, or from standard input for `-`. It stops reading at a size that is too large. */
export async function loadSpecification(path: string, settings: readonly string[], signal: AbortSignal): Promise<Specification> {
  const standard = path === "-";
  const name = standard ? "standard input" : path;
  const bytes = standard ? await untilAborted(signal, standardInput(maxBytes + 1)) : readAtMost(path, name, maxBytes + 1);
  return readSpecification(decoded(bytes, name), name, settings);
}

/** The text of bytes in UTF-8. Throws SinkflowError("input") with the line where they are none. */
function decoded(bytes: Buffer, name: string): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return decoder.decode(bytes);
  } catch {
    let [line, from] = [1, 0];
    for (let to = bytes.indexOf(10); to >= 0 && isUtf8(bytes.subarray(from, to)); to = bytes.indexOf(10, from)) {
      from = to + 1;
      line++;
    }
    throw new SinkflowError("input", `${name}:${line}: expected text in UTF-8, got bytes that are none`);
  }
}

/** Settles as the promise does, or rejects as soon as the signal fires, whether or not the work itself can be interrupted. */
export function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const end = () => reject(new SinkflowError("interrupted", "interrupted"));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  return Promise.race([promise, aborted]);
}

async function standardInput(max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > max) break;
  }
  return Buffer.concat(chunks);
}

function readAtMost(path: string, name: string, max: number): Buffer {
  const buffer = Buffer.alloc(max);
  let length = 0;
  try {
    const fd = openSync(path, "r");
    while (length < max) {
      const read = readSync(fd, buffer, length, max - length, null);
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

/** Parses an option's value: a whole number from `min` to `max`. */
export const wholeNumber =
  (flag: string, min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new SinkflowError("input", `${flag}: expected a whole number from ${min} to ${max}, got ${show(text)}`);
    return value;
  };

/** Collects the values of an option that may be repeated. */
export const gather = (value: string, before: string[]): string[] => [...before, value];
