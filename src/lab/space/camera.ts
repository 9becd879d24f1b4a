import type { mat4 as Matrix } from "gl-matrix";
import * as mat4 from "gl-matrix/esm/mat4.js";
import * as vec4 from "gl-matrix/esm/vec4.js";
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

/** From space to clip coordinates, depth from 0 to 1 as WebGPU has it. */
export function matrixOf({ yaw, pitch, distance }: Camera, aspect: number): Float32Array<ArrayBuffer> {
  const eye: Place = [distance * Math.cos(pitch) * Math.sin(yaw), distance * Math.sin(pitch), distance * Math.cos(pitch) * Math.cos(yaw)];
  const view = mat4.lookAt(mat4.create(), eye, [0, 0, 0], [0, 1, 0]);
  const projection = mat4.perspectiveZO(mat4.create(), 0.7 / Math.min(1, aspect), aspect, 0.1, 50);
  return new Float32Array(mat4.multiply(mat4.create(), projection, view));
}

/** Where a place is seen: x and y as parts of the figure's width and height, from the top left. */
export function seenAt(matrix: Float32Array, [x, y, z]: Place): { x: number; y: number } {
  const [clipX = 0, clipY = 0, , w = 1] = vec4.transformMat4(vec4.create(), [x, y, z, 1], matrix as Matrix);
  return { x: 0.5 + clipX / w / 2, y: 0.5 - clipY / w / 2 };
}
