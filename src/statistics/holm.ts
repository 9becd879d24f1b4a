/**
 * p-values of several questions, adjusted so that the chance of one false finding or more is at most the level at which they are read
 * (Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979): of m, ascending, the i-th from 1 is
 * multiplied by m − i + 1, and none is less than one before it, nor above 1. In the order in which they came.
 * Throws where one is no number from 0 to 1, since leaving it out would change the others.
 */
export function holm(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new Error(`expected p-values from 0 to 1, got ${wrong}`);
  const order = pValues.map((_, i) => i).sort((i, j) => (pValues[i] as number) - (pValues[j] as number));
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  order.forEach((i, place) => {
    least = Math.min(1, Math.max(least, (pValues.length - place) * (pValues[i] as number)));
    adjusted[i] = least;
  });
  return adjusted;
}
