/** A range, widened by a twentieth of its width on both sides. */
export function padded(low: number, high: number): [number, number] {
  const room = 0.05 * (high - low) || Math.abs(high) || 1;
  return [low - room, high + room];
}

/** Powers of ten in the range of these times, evenly spaced, at most `max` of them. */
export function decades(times: readonly number[], max: number): number[] {
  const [low, high] = [Math.ceil(Math.log10(Math.min(...times)) - 1e-9), Math.floor(Math.log10(Math.max(...times)) + 1e-9)];
  const step = Math.ceil((high - low + 1) / max);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => 10 ** (low + i * step));
}

/** Whole numbers in a range, evenly spaced, at most six of them. */
export function wholes(low: number, high: number): number[] {
  const step = Math.max(1, Math.ceil((high - low) / 5));
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, i) => first + i * step);
}

/** The entries at times that are at least an eleventh of the axis apart, chosen from the last time backward: then dots don't touch. */
export function thinned<T extends { time: number }>(entries: readonly T[], isLinear: boolean): T[] {
  const place = (time: number) => (isLinear ? time : Math.log(time));
  const times = [...new Set(entries.map(({ time }) => time))].sort((a, b) => b - a);
  const [end = 1, start = 1] = [times[0], times.at(-1)];
  const apart = (place(end) - place(start)) / 11;
  const kept = new Set<number>();
  let nearest = Number.POSITIVE_INFINITY;
  for (const time of times) {
    if (nearest - place(time) < apart) continue;
    kept.add(time);
    nearest = place(time);
  }
  return entries.filter(({ time }) => kept.has(time));
}
