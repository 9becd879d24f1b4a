import { closeSync, openSync, readSync } from "node:fs";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { mostBytes, readSpecification } from "../model/source.ts";

/** Reads a specification from a file, or from standard input for `-`; never more than it may hold. */
export function loadSpecification(path: string, settings: readonly string[]): Specification {
  const name = path === "-" ? "standard input" : path;
  return readSpecification(new TextDecoder().decode(readAtMost(path, name, mostBytes + 1)), name, settings);
}

function readAtMost(path: string, name: string, most: number): Buffer {
  const buffer = Buffer.alloc(most);
  let length = 0;
  try {
    const fd = path === "-" ? 0 : openSync(path, "r");
    while (length < most) {
      const read = readSync(fd, buffer, length, most - length, null);
      if (read === 0) break;
      length += read;
    }
    if (fd !== 0) closeSync(fd);
  } catch (error) {
    const known: Record<string, string> = { ENOENT: "there is no such file", EACCES: "permission denied", EISDIR: "it is a folder" };
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EOF") return buffer.subarray(0, length);
    throw new SinkflowError("input", `${name}: expected a specification file, got none: ${(code && known[code]) ?? message}`);
  }
  return buffer.subarray(0, length);
}

/** A whole number of at least `least` as an option's value. */
export const wholeNumber =
  (flag: string, least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new SinkflowError("input", `${flag}: expected a whole number of at least ${least}, got ${show(text)}`);
    return value;
  };

/** Gathers an option that may be given several times, or with several values. */
export const gather = (value: string, before: string[]): string[] => [...before, value];
