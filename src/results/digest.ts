import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** What tells a file from any other. */
export interface FileDigest {
  sha256: string;
  bytes: number;
}

/** SHA-256, in hexadecimal digits. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** SHA-256 and size of a file. Throws the error of the file system. */
export async function digestOf(path: string): Promise<FileDigest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/**
 * The JSON of an object with a `checksum` as its last key: the SHA-256 of the text without that key and without the line feed at its end.
 * @param text of an object that has a key
 */
export function sealed(text: string): string {
  const inside = text.slice(0, -1);
  const body = inside.trimEnd();
  const space = inside.slice(body.length);
  return `${body},${space ? `${space}  ` : ""}"checksum":${space ? " " : ""}"${sha256(text)}"${space}}\n`;
}

/** The text that `sealed` was given; undefined for any other. */
export function unsealed(text: string): string | undefined {
  const found = text.match(/,\s*"checksum": ?"([0-9a-f]{64})"(\s*\})\n$/);
  if (!found) return undefined;
  const body = text.slice(0, found.index) + found[2];
  return sealed(body) === text ? body : undefined;
}
