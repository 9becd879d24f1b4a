import * as z from "zod";
import type { Chosen } from "./table.ts";

const scale = z.number().min(0).max(1e6).default(0.1).describe("their standard deviation");

/**
 * Noise in training, drawn anew at every step: standard normals times `scale`, or which samples a step sees. A row: what it is in a few words (`says`), and its parameters.
 * Twins: shaders/noise/KIND.wgsl and src/reference/noise.ts
 */
export const noises = {
  label: { says: "independent normals are added to the target that a step sees", parameters: { scale } },
  gradient: { says: "independent normals are added to the gradient, to each number that is trained", parameters: { scale } },
  batch: {
    says: "a step sees `size` of regression's samples, drawn with replacement, each in place of samples/`size` of them",
    parameters: { size: z.number().int().min(1).max(65_536).default(1).describe("samples a step") },
  },
} as const;

export type Noise = Chosen<typeof noises>;
