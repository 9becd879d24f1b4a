/**
 * What a statistic has of the runs that it was given, as plain data: it can be cloned, sent to another thread, and kept as JSON
 * (src/results/encoding.ts). Its keys are letters, its typed arrays have buffers of their own.
 */
export type Held = number | string | HeldArray | readonly Held[] | { readonly [key: string]: Held };
export type HeldArray = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/**
 * Counts below 2³², most of them 0, as bytes: each as LEB128 (seven bits a byte, the lowest first, the highest bit of a byte says that
 * another follows); a 0 is followed by how many zeros it stands for.
 */
export function packCounts(counts: Uint32Array): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(1024);
  let length = 0;
  const put = (count: number) => {
    for (; count > 127; count >>>= 7) bytes[length++] = (count & 127) | 128;
    bytes[length++] = count;
  };
  for (let at = 0; at < counts.length; ) {
    if (length + 10 > bytes.length) {
      const room = new Uint8Array(2 * bytes.length);
      room.set(bytes);
      bytes = room;
    }
    const count = counts[at] as number;
    put(count);
    const first = at++;
    if (count > 0) continue;
    while (at < counts.length && counts[at] === 0) at++;
    put(at - first);
  }
  return bytes.slice(0, length);
}

/** Tells `take` each count that was packed and is not 0, and its index. */
export function unpackCounts(bytes: Uint8Array, take: (at: number, count: number) => void): void {
  let next = 0;
  const get = () => {
    let count = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[next++] as number;
      count |= (byte & 127) << shift;
      if (byte < 128) return count >>> 0;
    }
  };
  for (let at = 0; next < bytes.length; ) {
    const count = get();
    if (count === 0) at += get();
    else take(at++, count);
  }
}
