import { powerOfTen } from "../format.ts";
import { endLabels, labelWidth } from "../plot.ts";
import { timeName } from "../table.ts";
import type { View } from "./figure.ts";

const colorsOf = ({ panels }: View) => ({ domain: panels.map(({ label }) => label), range: panels.map(({ color }) => color) });

/** Panels side by side, each under its name with one parameter a line; and how many lines the longest name has. */
export function besideOneAnother(view: View) {
  const color = colorsOf(view);
  const headings = Math.max(...color.domain.map((name) => name.split(", ").length));
  const fx = { domain: color.domain, label: null, padding: 0.1, tickFormat: (name: string) => name.replaceAll(", ", "\n") };
  return { headings, options: { fx, color, marginTop: 20 + 15 * headings, marginBottom: 44 } };
}

/** All panels' lines over time in one frame, with room for their names at the right. */
export function overTime(view: View) {
  const color = colorsOf(view);
  const x = { type: "log", label: timeName(view.report), tickFormat: powerOfTen } as const;
  return { marginLeft: 60, marginRight: labelWidth(color.domain), marginTop: 34, marginBottom: 44, color, x };
}

/** The points' names at the ends of their lines. @param range lower and upper end of the y axis */
export function namesAtEnds<T extends { point: string; time: number }>(
  { Plot }: View,
  entries: readonly T[],
  y: (entry: T) => number,
  range: readonly [number, number],
) {
  const ends = entries.map((entry) => ({ series: entry.point, x: entry.time, y: y(entry) }));
  return endLabels(Plot, ends, range);
}
