import { decades } from "../axes.ts";
import { powerOfTen } from "../format.ts";
import type { PlotModule } from "../plot.ts";
import { timeName } from "../sentences.ts";
import { figureWidth, letterWidth } from "../theme.ts";
import type { View } from "./figure.ts";

const colorsOf = ({ panels }: View) => ({ domain: panels.map(({ label }) => label), range: panels.map(({ color }) => color) });

/** The share of a panel's pitch that lies between it and the next. */
const gap = 0.1;

/** A name on lines of at most `width` pixels: one parameter a line, which is broken at spaces where it is longer. */
export function lettered(name: string, width: number): string {
  const room = Math.max(6, Math.floor(width / letterWidth));
  const lines = name.split(", ").flatMap((parameter) => {
    const broken: string[] = [];
    for (const word of parameter.split(" ")) {
      const line = broken.at(-1);
      if (line !== undefined && line.length + 1 + word.length <= room) broken[broken.length - 1] = `${line} ${word}`;
      else broken.push(word);
    }
    return broken;
  });
  return lines.join("\n");
}

export const linesIn = (text: string): number => text.split("\n").length;

/** Panels side by side, each under its name; and how many lines the longest name has. @param sides width of both margins, in pixels */
export function besideOneAnother(view: View, sides = 120) {
  const color = colorsOf(view);
  const pitch = (figureWidth - sides) / color.domain.length;
  const tickFormat = (name: string) => lettered(name, pitch);
  const headings = Math.max(...color.domain.map((name) => linesIn(tickFormat(name))));
  const fx = { domain: color.domain, label: null, padding: gap, tickFormat };
  return { headings, options: { fx, color, marginTop: 20 + 15 * headings, marginBottom: 44 } };
}

/**
 * Powers of ten as ticks of the time axes of panels side by side, as many as have room: their labels keep apart, also from those of
 * the next panel. @param pitch from the left end of a panel to that of the next, in pixels
 */
export function timeTicks(times: readonly number[], pitch: number): number[] {
  const width = pitch * (1 - gap);
  const [low, high] = [Math.log10(Math.min(...times)), Math.log10(Math.max(...times))];
  const at = (time: number) => (width * (Math.log10(time) - low)) / (high - low || 1);
  const labels = decades(times, 1000);
  const room = 8 + letterWidth * 4;
  for (let max = labels.length; max > 1; max--) {
    const ticks = decades(times, max);
    while (ticks.length > 1 && pitch - at(ticks.at(-1) as number) + at(ticks[0] as number) < room) ticks.pop();
    if (ticks.length > 1 && at(ticks[1] as number) - at(ticks[0] as number) >= room) return ticks;
  }
  return labels.slice(0, 1);
}

/** The lines of all panels over time in one frame, with room for their names at the right. */
export function overTime(view: View) {
  const color = colorsOf(view);
  const x = { type: "log", label: timeName(view.report), tickFormat: powerOfTen } as const;
  return { marginLeft: 60, marginRight: labelWidth(color.domain), marginTop: 34, marginBottom: 44, color, x };
}

/** Width for the longest of these labels and its dot, in pixels. */
export const labelWidth = (labels: readonly string[]): number =>
  Math.max(60, 32 + letterWidth * Math.max(...labels.map((label) => label.length)));

/** Where labels stand that are moved apart until none is nearer to another than `apart`. They end at `top` at most. */
export function movedApart(places: readonly number[], apart: number, top: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => (places[a] as number) - (places[b] as number));
  const moved = [...places];
  let floor = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    moved[i] = Math.max(moved[i] as number, floor);
    floor = (moved[i] as number) + apart;
  }
  let ceiling = top;
  for (const i of order.reverse()) {
    moved[i] = Math.min(moved[i] as number, ceiling);
    ceiling = (moved[i] as number) - apart;
  }
  return moved;
}

/**
 * The names of lines at the right of the frame, at the height of their ends, moved apart where they would overlap; each with a dot in its
 * line's color. A dotted line leads there from a line that ends before the frame does.
 * @param range lower and upper end of the y axis; `height` of the frame in pixels
 */
export function endLabels(
  Plot: PlotModule,
  entries: readonly { series: string; x: number; y: number }[],
  [bottom, top]: readonly [number, number],
  height: number,
) {
  const ends = [...new Map(entries.map((entry) => [entry.series, entry])).values()];
  const right = Math.max(...entries.map(({ x }) => x));
  const places = movedApart(
    ends.map(({ y }) => y),
    ((top - bottom) * 16) / height,
    top,
  );
  const labels = ends.map((end, i) => ({ ...end, right, at: places[i] as number }));
  const early = labels.filter(({ x }) => x < right);
  const text = { x: "right", y: "at", textAnchor: "start" } as const;
  return [
    Plot.link(early, { x1: "x", y1: "y", x2: "right", y2: "at", stroke: "series", strokeDasharray: "1,4" }),
    Plot.text(labels, { ...text, text: () => "●", fill: "series", fontSize: 10, dx: 8 }),
    Plot.text(labels, { ...text, text: "series", fill: "currentColor", dx: 22 }),
  ];
}
