import * as z from "zod";
import type { Chosen } from "./table.ts";

const scale = z.number().min(0).max(1e6).default(0.1).describe("their standard deviation");

/**
 * Noise in training: standard normals times `scale`, drawn anew at every step. A row: what it is in a few words (`says`), and its parameters.
 * Twins: shaders/noise/KIND.wgsl and src/reference/noise.ts
 */
export const noises = {
  label: { says: "independent normals are added to the target that a step sees", parameters: { scale } },
  gradient: { says: "independent normals are added to the gradient, to each number that is trained", parameters: { scale } },
} as const;

export type Noise = Chosen<typeof noises>;
