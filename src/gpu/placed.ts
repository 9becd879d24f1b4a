/** Where parts of these lengths begin, one after another, and their total length. */
export function placed<Part extends string>(lengths: Readonly<Record<Part, number>>): { at: Record<Part, number>; words: number } {
  let words = 0;
  const at = {} as Record<Part, number>;
  for (const [part, length] of Object.entries(lengths) as [Part, number][]) {
    at[part] = words;
    words += length;
  }
  return { at, words };
}
