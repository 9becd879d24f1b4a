import { number, whole } from "./shape.ts";
import type { Chosen } from "./table.ts";

const scale = number(0, 1e6).default(0.1).says("their standard deviation");

/**
 * Noise in training, drawn anew at every step: standard normals times `scale`, or which samples a step sees. A row: what it is in a few words (`says`), and its parameters.
 * Twins: shaders/noise/KIND.wgsl and src/reference/noise.ts
 */
export const noises = {
  label: { says: "independent normals are added to the target that a step sees", parameters: { scale } },
  gradient: { says: "independent normals are added to the gradient, to each number that is trained", parameters: { scale } },
  batch: {
    says: "a step sees `size` of regression's samples, drawn with replacement, each in place of samples/`size` of them",
    parameters: { size: whole(1, 65_536).default(1).says("samples a step") },
  },
} as const;

export type Noise = Chosen<typeof noises>;
