import { colorOf, rgbOf } from "../colors.ts";
import type { LabResult } from "../protocol.ts";
import { cornersOf, type Place, placesOf } from "./embedding.ts";
import type { Paths } from "./renderer.ts";

type Color = Paths["color"];

/** What is drawn, whichever run is selected. */
export interface Scene {
  /** A place for each token. */
  corners: readonly Place[];
  /** The edges of the simplex up to four tokens, else none: each a path with two times. */
  edges: Paths | undefined;
  /** All recorded runs of each ensemble, opaque. */
  ensembles: readonly Paths[];
}

/** Places the runs of two ensembles among the same corners, which are chosen by the first one's shares. */
export function sceneOf(left: LabResult, right: LabResult): Scene {
  const corners = cornersOf(left.sampled.tokens, left.sampled.shares);
  const ensembles = [left, right].map(({ sampled, ensemble }): Paths => {
    const [red, green, blue] = rgbOf(colorOf(ensemble.normalizer.kind));
    return {
      places: placesOf(sampled.shares, corners),
      times: sampled.times.length,
      color: [red / 255, green / 255, blue / 255, 1],
      width: 1,
    };
  });
  return { corners, edges: corners.length <= 4 ? edgesOf(corners) : undefined, ensembles };
}

function edgesOf(corners: readonly Place[]): Paths {
  const places = corners.flatMap((a, i) => corners.slice(i + 1).flatMap((b) => [...a, 0, ...b, 0]));
  return { places: new Float32Array(places), times: 2, color: [0.5, 0.5, 0.5, 0.7], width: 1 };
}

/** Everything that is drawn, the last on top: the edges, all runs pale, and one run bold. */
export function pathsOf({ edges, ensembles }: Scene, run: number): Paths[] {
  const withOpacity = ([red, green, blue]: Color, opacity: number): Color => [red, green, blue, opacity];
  const pale = ensembles.map((paths): Paths => ({ ...paths, color: withOpacity(paths.color, 0.3) }));
  const bold = ensembles.map((paths): Paths => {
    const { places, times } = paths;
    return { ...paths, places: places.slice(4 * run * times, 4 * (run + 1) * times), width: 3 };
  });
  return [...(edges ? [edges] : []), ...pale, ...bold];
}
