import { promisify } from "node:util";
import { constants, deflate, inflate } from "node:zlib";
import type { Held, HeldArray } from "../model/held.ts";

/** Plain data as JSON: numbers and strings stand in `data`, all typed arrays one after another in `arrays`, compressed (zlib) in base64. */
export interface Encoded {
  data: Json;
  arrays: string;
}
type Json = number | string | readonly Json[] | { readonly [key: string]: Json };

const types = { Uint8Array, Float32Array, Float64Array } as const;
type TypeName = keyof typeof types;

/** In place of a typed array: its type, and where its bytes are. In place of a number that JSON can't tell: its text. */
const array = "$array";
const number = "$number";

const isArray = (held: Held): held is HeldArray => ArrayBuffer.isView(held);
const isList = <T>(value: T): value is Extract<T, readonly unknown[]> => Array.isArray(value);

/** What a statistic holds, to be kept; `decodeHeld` gives it back, bit for bit. */
export async function encodeHeld(held: Held): Promise<Encoded> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const encoded = (value: Held): Json => {
    if (typeof value === "string") return value;
    if (typeof value === "number")
      return Object.is(value, -0) ? { [number]: "-0" } : Number.isFinite(value) ? value : { [number]: String(value) };
    if (isArray(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      parts.push(bytes);
      length += bytes.length;
      return { [array]: [value.constructor.name, length - bytes.length, bytes.length] };
    }
    if (isList(value)) return value.map(encoded);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, encoded(entry)]));
  };
  const data = encoded(held);
  return { data, arrays: await compressed(parts, constants.Z_HUFFMAN_ONLY) };
}

/** A text, compressed (zlib) in base64; `decodeText` gives it back. */
export const encodeText = (text: string): Promise<string> => compressed([new TextEncoder().encode(text)], constants.Z_DEFAULT_STRATEGY);

/** What `encodeText` was given. Throws an error for any other text. */
export const decodeText = async (text: string): Promise<string> => new TextDecoder().decode(await decompressed(text));

/**
 * On another thread. Typed arrays hold next to nothing that repeats: real numbers, and counts whose zeros are packed. To look for repetitions takes ten times as
 * long, and would save 6 % of their bytes.
 */
const compressed = async (parts: readonly Uint8Array[], strategy: number): Promise<string> => {
  const bytes = await promisify(deflate)(Buffer.concat(parts), { strategy });
  return bytes.toString("base64");
};
const decompressed = (text: string): Promise<Buffer> => promisify(inflate)(Buffer.from(text, "base64"));

/** What `encodeHeld` was given. Throws an error where the JSON is not what `encodeHeld` made. */
export async function decodeHeld<H extends Held>({ data, arrays }: Encoded): Promise<H> {
  const bytes = await decompressed(arrays);
  const decoded = (value: Json): Held => {
    if (typeof value !== "object") return value;
    if (isList(value)) return value.map(decoded);
    const { [array]: place, [number]: text } = value as { readonly [key: string]: Json };
    if (text !== undefined) return Number(text);
    if (place === undefined) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decoded(entry)]));
    const [type, from, length] = place as unknown as [TypeName, number, number];
    return new types[type](Uint8Array.from(bytes.subarray(from, from + length)).buffer);
  };
  return decoded(data) as H;
}
