/**
 * Colors that the color-blind can tell apart, on light and dark (Okabe and Ito's palette, then Tol's), in the order in which a figure takes them. No normalizer
 * has the last two yet: they differ from the others, and from each other, by 23 and more in CIELAB (ΔE 1976), also as protanopes and deuteranopes see them.
 */
export const palette = {
  blue: "#0072b2",
  vermilion: "#d55e00",
  green: "#009e73",
  sky: "#56b4e9",
  pink: "#cc79a7",
  orange: "#e69f00",
  rose: "#aa4466",
  teal: "#44aa99",
  olive: "#999933",
  brown: "#a0522d",
  gray: "#888888",
  iris: "#7f8cff",
  violet: "#693cff",
} as const;

export const seriesColors: readonly string[] = Object.values(palette);
