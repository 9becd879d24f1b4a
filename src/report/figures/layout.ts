import { powerOfTen } from "../format.ts";
import type { PlotModule } from "../plot.ts";
import { timeName } from "../sentences.ts";
import type { View } from "./figure.ts";

const colorsOf = ({ panels }: View) => ({ domain: panels.map(({ label }) => label), range: panels.map(({ color }) => color) });

/** Panels side by side, each under its name with one parameter a line; and how many lines the longest name has. */
export function besideOneAnother(view: View) {
  const color = colorsOf(view);
  const headings = Math.max(...color.domain.map((name) => name.split(", ").length));
  const fx = { domain: color.domain, label: null, padding: 0.1, tickFormat: (name: string) => name.replaceAll(", ", "\n") };
  return { headings, options: { fx, color, marginTop: 20 + 15 * headings, marginBottom: 44 } };
}

/** The lines of all panels over time in one frame, with room for their names at the right. */
export function overTime(view: View) {
  const color = colorsOf(view);
  const x = { type: "log", label: timeName(view.report), tickFormat: powerOfTen } as const;
  return { marginLeft: 60, marginRight: labelWidth(color.domain), marginTop: 34, marginBottom: 44, color, x };
}

/** Width for the longest of these labels, in pixels: 8 a letter. */
export const labelWidth = (labels: readonly string[]): number => Math.max(60, 24 + 8 * Math.max(...labels.map((label) => label.length)));

/**
 * The names of lines at their right ends, moved apart where they would overlap.
 * @param range lower and upper end of the y axis, which is taken to be 240 px high
 */
export function endLabels(
  Plot: PlotModule,
  entries: readonly { series: string; x: number; y: number }[],
  [bottom, top]: readonly [number, number],
) {
  const ends = [...new Map(entries.map((entry) => [entry.series, { ...entry }])).values()].sort((a, b) => a.y - b.y);
  const apart = ((top - bottom) * 16) / 240;
  let floor = Number.NEGATIVE_INFINITY;
  for (const end of ends) {
    end.y = Math.max(end.y, floor);
    floor = end.y + apart;
  }
  let ceiling = top;
  for (const end of ends.reverse()) {
    end.y = Math.min(end.y, ceiling);
    ceiling = end.y - apart;
  }
  return Plot.text(ends, { x: "x", y: "y", text: "series", fill: "currentColor", textAnchor: "start", dx: 8 });
}
