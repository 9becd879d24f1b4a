import { describe, expect, it } from "vitest";
import { initialCamera, lensOf, turned, zoomed } from "../../src/lab/space/camera.ts";
import { cornersOf, type Place, placesOf } from "../../src/lab/space/embedding.ts";

const distance = (a: Place, b: Place) => Math.hypot(...a.map((x, i) => x - (b[i] as number)));

describe("the embedding of shares", () => {
  it.each([2, 3, 4])("is the regular simplex of %d tokens", (tokens) => {
    const corners = cornersOf(tokens);
    const apart = corners.flatMap((a, i) => corners.slice(i + 1).map((b) => distance(a, b)));
    for (const x of apart) expect(x).toBeCloseTo(apart[0] as number, 12);
    for (const corner of corners) expect(Math.hypot(...corner)).toBeCloseTo(1, 12);
  });

  it("spreads the corners of more tokens over a sphere, none near another", () => {
    for (const tokens of [5, 8, 64]) {
      const corners = cornersOf(tokens);
      expect(corners).toHaveLength(tokens);
      for (const corner of corners) expect(Math.hypot(...corner)).toBeCloseTo(1, 12);
      const nearest = Math.min(...corners.flatMap((a, i) => corners.slice(i + 1).map((b) => distance(a, b))));
      // Caps around the corners, of half this distance, would cover no more than the sphere: n·(nearest/2)²·π ≤ 4π, but a good part of it.
      expect((tokens * nearest ** 2) / 16).toBeGreaterThan(0.4);
    }
  });

  it("puts shares at the mean of the corners that they weigh", () => {
    const corners = cornersOf(3);
    const shares = new Float32Array([0.25, 0.25, 0.5]);
    const [x, y, z] = placesOf(shares, corners);
    for (const [axis, got] of [x, y, z].entries())
      expect(got).toBeCloseTo(
        corners.reduce((sum, corner, i) => sum + (shares[i] as number) * (corner[axis] as number), 0),
        6,
      );
  });
});

describe("the camera", () => {
  it("sees the origin in the middle, and things nearer larger", () => {
    for (const part of lensOf(initialCamera, 1.5)([0, 0, 0])) expect(part).toBeCloseTo(0.5, 12);
    const off = (camera: typeof initialCamera) => Math.abs(lensOf(camera, 1)([0, 0.5, 0])[1] - 0.5);
    expect(off(zoomed(initialCamera, 0.8))).toBeGreaterThan(off(initialCamera));
    // To the right by a quarter turn, what was in front is at the left.
    const front: Place = [0, 0, 1];
    const camera = { yaw: 0, pitch: 0, distance: 3 };
    expect(lensOf(camera, 1)(front)[0]).toBeCloseTo(0.5, 6);
    expect(lensOf(turned(camera, Math.PI / 2, 0), 1)(front)[0]).toBeLessThan(0.4);
  });

  it("sees in true perspective: a place is seen where its line to the eye meets the plane before it", () => {
    const { yaw, pitch, distance } = initialCamera;
    const eye = [Math.cos(pitch) * Math.sin(yaw), Math.sin(pitch), Math.cos(pitch) * Math.cos(yaw)].map((x) => distance * x) as Place;
    const lens = lensOf(initialCamera, 1.5);
    const [x, y] = lens([0.3, -0.2, 0.4]);
    // All to 5e-7: some ten roundings in float32, in which gl-matrix computes.
    for (const part of [0.2, 0.5, 0.9]) {
      const between = [0.3, -0.2, 0.4].map((p, i) => p + part * ((eye[i] as number) - p)) as Place;
      expect(lens(between)[0]).toBeCloseTo(x, 6);
      expect(lens(between)[1]).toBeCloseTo(y, 6);
    }
    // What is upright is seen upright, above is above, and lengths across are those of both axes.
    const [[middle], [up, top]] = [lens([0, 0, 0]), lens([0, 0.1, 0])] as [readonly [number, number], readonly [number, number]];
    expect(up).toBeCloseTo(middle, 6);
    expect(top).toBeLessThan(0.5);
    const side = { yaw: 0, pitch: 0, distance: 3 };
    expect((lensOf(side, 1.5)([0.1, 0, 0])[0] - 0.5) * 1.5).toBeCloseTo(0.5 - lensOf(side, 1.5)([0, 0.1, 0])[1], 6);
  });
});
