import type { NormalizerKind } from "../../model/normalizers.ts";
import type { LabResult } from "../protocol.ts";
import type { Lens } from "./camera.ts";
import { cornersOf, type Place, placesOf } from "./embedding.ts";

/** The paths of the recorded runs of an ensemble. */
export interface Paths {
  normalizer: NormalizerKind;
  /** Three numbers each: [run][time]. */
  places: Float32Array;
  runs: number;
  times: number;
}

/** What is drawn, whichever run is selected and wherever it is seen from. */
export interface Scene {
  /** A place for each token. */
  corners: readonly Place[];
  /** Whether the simplex itself is drawn: up to four tokens. */
  hasEdges: boolean;
  ensembles: readonly Paths[];
}

/** Places the runs of two ensembles among the same corners. */
export function sceneOf(left: LabResult, right: LabResult): Scene {
  const corners = cornersOf(left.sampled.tokens);
  const ensembles = [left, right].map(
    ({ sampled, ensemble }): Paths => ({
      normalizer: ensemble.normalizer.kind,
      places: placesOf(sampled.shares, corners),
      runs: sampled.runs,
      times: sampled.times.length,
    }),
  );
  return { corners, hasEdges: corners.length <= 4, ensembles };
}

/** Paths as they are seen, in pixels: two numbers each, [run][time]. */
export function seenPaths({ places }: Paths, lens: Lens, width: number, height: number): Float32Array {
  const seen = new Float32Array((2 * places.length) / 3);
  for (let at = 0; 3 * at < places.length; at++) {
    const [x, y] = lens(places.subarray(3 * at, 3 * at + 3) as unknown as Place);
    seen[2 * at] = x * width;
    seen[2 * at + 1] = y * height;
  }
  return seen;
}
