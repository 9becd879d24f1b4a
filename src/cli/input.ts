import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { maxRuns } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import type { Specification } from "../model/grid.ts";
import { maxBytes, parseSetting, readSpecification, type Setting } from "../model/source.ts";
import { narrowest, runsForPrecision } from "../statistics/precision.ts";
import { untilAborted } from "./interruption.ts";

/** Reads a specification from a file, or from standard input for `-`. It stops reading at a size that is too large. */
export async function loadSpecification(
  path: string,
  settings: readonly (string | Setting)[],
  signal: AbortSignal,
): Promise<Specification> {
  const name = path === "-" ? "standard input" : path;
  const bytes = await untilAborted(signal, read(path === "-" ? process.stdin : createReadStream(path), name));
  return specificationOf(bytes, name, settings);
}

/** The specification that bytes hold. @param name what errors call them */
export const specificationOf = (bytes: Uint8Array, name: string, settings: readonly (string | Setting)[]): Specification =>
  readSpecification(decoded(bytes, name), name, settings);

/** The text of bytes in UTF-8. Throws SinkflowError("input") with the line where they are none. */
function decoded(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    let [line, from] = [1, 0];
    for (let to = bytes.indexOf(10); to >= 0 && isUtf8(bytes.subarray(from, to)); to = bytes.indexOf(10, from)) {
      from = to + 1;
      line++;
    }
    throw new SinkflowError("input", `${name}:${line}: expected text in UTF-8, got bytes that are none`);
  }
}

/** The bytes of a stream, but at most one more than a specification may have. */
async function read(stream: AsyncIterable<Buffer | string>, name: string): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      bytes = Buffer.concat([bytes, Buffer.from(chunk)]);
      if (bytes.length > maxBytes) break;
    }
    return bytes.subarray(0, maxBytes + 1);
  } catch (error) {
    const known: Record<string, string> = { ENOENT: "there is no such file", EACCES: "permission denied", EISDIR: "it is a folder" };
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new SinkflowError("input", `${name}: expected a specification file, got none: ${known[code] ?? message}`);
  }
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

/** Parses the value of --precision: half the width of an interval of a share. Throws SinkflowError("input"). */
export function precisionFrom(text: string): number {
  const width = Number(text);
  if (text.trim() === "" || !(width > 0 && width < 0.5))
    throw new SinkflowError("input", `--precision: expected a number above 0 and below 0.5, got ${show(text)}`);
  const least = narrowest(maxRuns);
  if (width < least)
    throw new SinkflowError(
      "input",
      `--precision: expected at least ${least.toPrecision(3)}, which takes ${maxRuns} runs, got ${show(text)}`,
    );
  return width;
}

/** What --precision sets. Throws SinkflowError("input") where --set sets runs too. @param settings the arguments of --set */
export function precisionSetting(width: number, settings: readonly string[]): Setting {
  const other = settings.find((text) => ["runs", "grid.runs"].includes(parseSetting(text).key));
  if (other !== undefined)
    throw new SinkflowError("input", `--precision: expected no --set of runs, which it sets itself, got ${show(other)}`);
  return { option: "--precision", key: "runs", value: runsForPrecision(width, maxRuns) };
}

/** Collects the values of an option that may be repeated. */
export const gather = (value: string, before: string[]): string[] => [...before, value];
