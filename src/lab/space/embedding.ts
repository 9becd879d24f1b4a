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

/** The angle by which a point of a spiral over a sphere is farther than the one before, the golden angle. */
const goldenAngle = Math.PI * (3 - Math.sqrt(5));

/**
 * Where each token's corner of the simplex lies in space, at distance 1; shares s lie at Σ s_i·corner_i. Up to four tokens this is the
 * simplex itself; the corners of more tokens are spread over a sphere, along a spiral. It depends on no run, so pictures can be compared.
 */
export function cornersOf(tokens: number): Place[] {
  const known = simplices[tokens];
  if (known) return known;
  return Array.from({ length: tokens }, (_, token) => {
    const y = 1 - (2 * token + 1) / tokens;
    const [radius, angle] = [Math.sqrt(1 - y * y), goldenAngle * token];
    return [radius * Math.cos(angle), y, radius * Math.sin(angle)];
  });
}

/** Where shares lie: three numbers each. */
export function placesOf(shares: Float32Array, corners: readonly Place[]): Float32Array {
  const n = corners.length;
  const places = new Float32Array((3 * shares.length) / n);
  for (let place = 0; place < shares.length / n; place++)
    for (let axis = 0; axis < 3; axis++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (shares[place * n + i] as number) * ((corners[i] as Place)[axis] as number);
      places[3 * place + axis] = sum;
    }
  return places;
}
