import { signal } from "@preact/signals";
import { type NormalizerKind, normalizers } from "../model/normalizers.ts";

const scheme = matchMedia("(prefers-color-scheme: dark)");
const isDark = signal(scheme.matches);
scheme.addEventListener("change", ({ matches }) => {
  isDark.value = matches;
});

/** On a dark page colors are mixed with this part of white, so that also pale areas stand out. */
const lift = 0.3;

/** Red, green and blue of #rrggbb, 0 to 255 each. */
const rgbOf = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as [number, number, number];

/** Red, green and blue of a normalizer in every figure, 0 to 255 each. */
export function channelsOf(normalizer: NormalizerKind): [red: number, green: number, blue: number] {
  const part = isDark.value ? lift : 0;
  return rgbOf(normalizers[normalizer].color).map((x) => Math.round(x + part * (255 - x))) as [number, number, number];
}

/** The same as CSS has it. */
export const colorOf = (normalizer: NormalizerKind): string => `rgb(${channelsOf(normalizer).join(", ")})`;
