import { describe, expect, it } from "vitest";
import { initialCamera, matrixOf, seenAt, turned, zoomed } from "../../src/lab/space/camera.ts";
import { cornersOf, type Place, placesOf, principalAxes } from "../../src/lab/space/embedding.ts";

const distance = (a: Place, b: Place) => Math.hypot(...a.map((x, i) => x - (b[i] as number)));

describe("the embedding of shares", () => {
  it.each([2, 3, 4])("is the regular simplex of %d tokens", (tokens) => {
    const corners = cornersOf(tokens, new Float32Array());
    const apart = corners.flatMap((a, i) => corners.slice(i + 1).map((b) => distance(a, b)));
    for (const x of apart) expect(x).toBeCloseTo(apart[0] as number, 12);
    for (const corner of corners) expect(Math.hypot(...corner)).toBeCloseTo(1, 12);
  });

  it("finds the axes along which rows vary, the most first", () => {
    const directions = [
      [1, 1, -1, -1, 0, 0],
      [1, -1, 1, -1, 0, 0],
      [0, 0, 0, 0, 1, -1],
    ].map((x) => x.map((y) => y / Math.hypot(...x)));
    const sizes = [3, 2, 1];
    const rows = directions.flatMap((direction, k) => [1, -1].map((sign) => direction.map((x) => 0.5 + sign * x * (sizes[k] as number))));
    const { axes, mean } = principalAxes(6, new Float32Array(rows.flat()), 3);
    for (const x of mean) expect(x).toBeCloseTo(0.5, 6);
    axes.forEach((axis, k) => {
      expect(Math.abs(axis.reduce((sum, x, i) => sum + x * (directions[k]?.[i] as number), 0))).toBeCloseTo(1, 6);
    });
  });

  it("puts shares at the mean of the corners that they weigh", () => {
    const corners = cornersOf(3, new Float32Array());
    const shares = new Float32Array([0.25, 0.25, 0.5]);
    const [x, y, z] = placesOf(shares, corners);
    for (const [axis, got] of [x, y, z].entries())
      expect(got).toBeCloseTo(
        corners.reduce((sum, corner, i) => sum + (shares[i] as number) * (corner[axis] as number), 0),
        6,
      );
  });

  it("takes shares that do not vary at all", () => {
    for (const corner of cornersOf(6, new Float32Array(60).fill(1 / 6))) for (const x of corner) expect(Number.isFinite(x)).toBe(true);
  });
});

describe("the camera", () => {
  it("sees the origin in the middle, and things nearer larger", () => {
    const middle = seenAt(matrixOf(initialCamera, 1.5), [0, 0, 0]);
    for (const part of [middle.x, middle.y]) expect(part).toBeCloseTo(0.5, 12);
    const off = (camera: typeof initialCamera) => Math.abs(seenAt(matrixOf(camera, 1), [0, 0.5, 0]).y - 0.5);
    expect(off(zoomed(initialCamera, 0.8))).toBeGreaterThan(off(initialCamera));
    // To the right by a quarter turn, what was in front is at the left.
    const front: Place = [0, 0, 1];
    const camera = { yaw: 0, pitch: 0, distance: 3 };
    expect(seenAt(matrixOf(camera, 1), front).x).toBeCloseTo(0.5, 6);
    expect(seenAt(matrixOf(turned(camera, Math.PI / 2, 0), 1), front).x).toBeLessThan(0.4);
  });
});
