import * as mat4 from "gl-matrix/esm/mat4.js";
import * as vec3 from "gl-matrix/esm/vec3.js";
import type { Place } from "./embedding.ts";

/** A camera that looks at the origin: angles in radians, distance in units of the simplex's size. */
export interface Camera {
  yaw: number;
  pitch: number;
  distance: number;
}
export const initialCamera: Camera = { yaw: 0.5, pitch: 0.3, distance: 3 };

const maxPitch = 1.5;
export const turned = (camera: Camera, yaw: number, pitch: number): Camera => ({
  ...camera,
  yaw: camera.yaw + yaw,
  pitch: Math.max(-maxPitch, Math.min(maxPitch, camera.pitch + pitch)),
});
export const zoomed = (camera: Camera, by: number): Camera => ({ ...camera, distance: Math.max(1.2, Math.min(12, camera.distance * by)) });

/** Radians that the camera turns by at the press of a key. */
const keyTurn = 0.12;
/** How each key moves the camera. */
export const keyMoves: Readonly<Record<string, (camera: Camera) => Camera>> = {
  ArrowLeft: (camera) => turned(camera, -keyTurn, 0),
  ArrowRight: (camera) => turned(camera, keyTurn, 0),
  ArrowUp: (camera) => turned(camera, 0, keyTurn),
  ArrowDown: (camera) => turned(camera, 0, -keyTurn),
  "+": (camera) => zoomed(camera, 0.9),
  "=": (camera) => zoomed(camera, 0.9),
  "-": (camera) => zoomed(camera, 1.1),
  Home: () => initialCamera,
};

/** The vertical angle of view, in radians, of a figure that is at least as wide as high. */
const viewAngle = 0.7;

/** Where a place is seen: x and y as parts of the figure's width and height, from the top left. */
export type Lens = (place: Place) => readonly [x: number, y: number];

/** The perspective projection of a camera whose upright is the y axis. @param aspect width over height of the figure */
export function lensOf({ yaw, pitch, distance }: Camera, aspect: number): Lens {
  const eye: Place = [distance * Math.cos(pitch) * Math.sin(yaw), distance * Math.sin(pitch), distance * Math.cos(pitch) * Math.cos(yaw)];
  const view = mat4.lookAt(mat4.create(), eye, [0, 0, 0], [0, 1, 0]);
  const projection = mat4.perspectiveNO(mat4.create(), viewAngle / Math.min(1, aspect), aspect, 0.1, 50);
  const matrix = mat4.multiply(mat4.create(), projection, view);
  const seen = vec3.create();
  return (place) => {
    const [x = 0, y = 0] = vec3.transformMat4(seen, place, matrix);
    return [(1 + x) / 2, (1 - y) / 2];
  };
}
