import { type NormalizerKind, normalizers } from "../model/normalizers.ts";

/** The color of a normalizer in every figure, #rrggbb. */
export const colorOf = (normalizer: NormalizerKind): string => normalizers[normalizer].color;

/** Red, green and blue of #rrggbb, 0 to 255 each. */
export const rgbOf = (color: string): [red: number, green: number, blue: number] =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as [number, number, number];
