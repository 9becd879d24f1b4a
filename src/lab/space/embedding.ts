/** A position in space. */
export type Place = [x: number, y: number, z: number];

/** The corners of a regular simplex of up to four tokens. */
const simplices: Record<number, Place[]> = {
  2: [
    [-1, 0, 0],
    [1, 0, 0],
  ],
  3: [
    [-Math.sqrt(3) / 2, -0.5, 0],
    [Math.sqrt(3) / 2, -0.5, 0],
    [0, 1, 0],
  ],
  4: [
    [1, 1, 1],
    [1, -1, -1],
    [-1, 1, -1],
    [-1, -1, 1],
  ].map((corner) => corner.map((x) => x / Math.sqrt(3)) as Place),
};

/**
 * Where each token's corner of the simplex lies in space; shares s lie at Σ s_i·corner_i. Up to four tokens this is the simplex itself;
 * for more tokens, its projection on the three principal axes of the given shares, scaled so that the farthest corner is at distance 1.
 * @param shares any number of them, each `tokens` numbers that sum to 1
 */
export function cornersOf(tokens: number, shares: Float32Array): Place[] {
  const known = simplices[tokens];
  if (known) return known;
  const { axes, mean } = principalAxes(tokens, shares, 3);
  const corners = Array.from({ length: tokens }, (_, token) =>
    axes.map((axis) => (axis[token] as number) - axis.reduce((sum, x, i) => sum + x * (mean[i] as number), 0)),
  );
  const farthest = Math.max(...corners.map((corner) => Math.hypot(...corner)));
  return corners.map((corner) => corner.map((x) => x / farthest) as Place);
}

/** The leading eigenvectors of the covariance of rows of n numbers, orthonormal, by orthogonal iteration; and the mean row. */
export function principalAxes(n: number, rows: Float32Array, count: number): { axes: number[][]; mean: number[] } {
  const total = rows.length / n;
  const mean = new Array<number>(n).fill(0);
  rows.forEach((x, at) => {
    mean[at % n] = (mean[at % n] as number) + x / total;
  });
  const covariance = Array.from({ length: n }, () => new Float64Array(n));
  for (let row = 0; row < total; row++)
    for (let i = 0; i < n; i++) {
      const x = (rows[row * n + i] as number) - (mean[i] as number);
      const line = covariance[i] as Float64Array;
      for (let j = 0; j < n; j++) line[j] = (line[j] as number) + (x * ((rows[row * n + j] as number) - (mean[j] as number))) / total;
    }
  // The start must not be orthogonal to an eigenvector, nor be (1, …, 1) alone, along which shares do not vary.
  let axes = orthonormal(Array.from({ length: count }, (_, k) => Array.from({ length: n }, (_, i) => Math.cos((i + 1) * (k + 1) * 1.7))));
  for (let i = 0; i < 200; i++)
    axes = orthonormal(axes.map((axis) => covariance.map((line) => axis.reduce((sum, x, j) => sum + x * (line[j] as number), 0))));
  return { axes, mean };
}

/** Orthonormal vectors by the method of Gram and Schmidt. A vector that depends on those before it is replaced by one along a coordinate. */
function orthonormal(vectors: number[][]): number[][] {
  const done: number[][] = [];
  for (const [k, vector] of vectors.entries()) {
    const reduce = (from: number[]) =>
      done.reduce((left, axis) => {
        const along = left.reduce((sum, x, i) => sum + x * (axis[i] as number), 0);
        return left.map((x, i) => x - along * (axis[i] as number));
      }, from);
    let left = reduce(reduce(vector));
    if (!(Math.hypot(...left) > 1e-30)) left = reduce(vector.map((_, i) => (i === k ? 1 : 0)));
    const norm = Math.hypot(...left);
    done.push(left.map((x) => x / norm));
  }
  return done;
}

/** Where shares lie: four numbers each, x, y, z and an unused 0, as WGSL lays out a vec4f. */
export function placesOf(shares: Float32Array, corners: readonly Place[]): Float32Array<ArrayBuffer> {
  const n = corners.length;
  const places = new Float32Array((4 * shares.length) / n);
  for (let place = 0; place < shares.length / n; place++)
    for (let axis = 0; axis < 3; axis++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (shares[place * n + i] as number) * ((corners[i] as Place)[axis] as number);
      places[4 * place + axis] = sum;
    }
  return places;
}
