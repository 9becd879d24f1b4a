import type { Proportion } from "../../statistics/proportion.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { label, shareText, short, valueName } from "../format.ts";
import { shownPoints } from "../samples.ts";
import { spaced } from "../spaced.ts";

/** A quantity of points that a figure shows over a grid. */
export interface GridQuantity {
  name: string;
  title: string;
  caption: string;
  unit: string;
  /** Undefined where the point does not have the quantity. */
  of(point: PointReport): { value: number; low: number; high: number } | undefined;
  /** What the interval from `low` to `high` is. */
  band: string;
  /** Upper end of the scale; where it is absent, that of the data. */
  top?: number;
  /** A value as text in a cell of the heat map. */
  show(value: number): string;
  /** The upper end of the heat map's colors as text, where `highest` is the largest value. */
  showTop(highest: number): string;
}

/** What the rows of all shares of runs have in common. */
const share = {
  unit: "share of runs",
  band: "its 95 % interval",
  top: 1,
  showTop: () => "100 %",
} as const;
const bounded = (p: Proportion | undefined) => p && { value: p.share, low: p.interval[0], high: p.interval[1] };

/** In the order of the report. */
export const gridQuantities: readonly GridQuantity[] = [
  {
    ...share,
    name: "polarized",
    title: "Runs that polarized",
    caption: "Share of runs in which one token came to hold the weight that counts as polarized",
    of: ({ polarized }) => bounded(polarized),
    show: (value) => `${shareText(value, 0)}%`,
  },
  {
    name: "final-entropy",
    title: "Entropy at the end",
    caption: "Median over runs of the entropy of the shares",
    unit: "entropy (nats)",
    of: ({ entropy: q }) => q && { value: q.median, low: q.q25, high: q.q75 },
    band: "its quartiles",
    show: short,
    showTop: short,
  },
  {
    ...share,
    name: "logit-lead",
    title: "What the largest logit at the start is worth",
    caption: "How often the token with the largest logit at the start won",
    of: ({ predictors }) => bounded(predictors.logit),
    show: (value) => `${shareText(value, 0)}%`,
  },
];

/** A grid's keys: those that become axes, and those whose values become lines of their own, or panels. */
export interface GridKeys {
  /** Of the lower axis: lines over numbers; undefined where a single key is shown, whose values are words. */
  x: string | undefined;
  /** Of the left axis of a matrix. */
  y: string | undefined;
  rest: string[];
}

/** Lines in one frame, at most; more points become a matrix. */
const maxLines = 5;

/**
 * Undefined where no key varies, or keys of words alone and all points are shown one by one. Two numbers are the axes of a matrix, one
 * number that of lines; where these were too many, or there is no number, the keys of the most words take the axes.
 */
export function gridKeys(points: readonly PointReport[]): GridKeys | undefined {
  const keys = Object.keys(points[0]?.parameters ?? {});
  const distinct = (key: string) => new Set(points.map(({ parameters }) => JSON.stringify(parameters[key]))).size;
  const isNumeric = (key: string) => points.every(({ parameters }) => typeof parameters[key] === "number");
  const varying = keys.filter((key) => distinct(key) > 1).sort((a, b) => distinct(b) - distinct(a));
  const [numbers, words] = [varying.filter(isNumeric), varying.filter((key) => !isNumeric(key))];
  const inOrder = (rest: readonly string[]) => keys.filter((key) => rest.includes(key));
  const [first, second] = words;
  const [x, y, ...others] = numbers;
  if (x !== undefined && y !== undefined) return { x, y, rest: inOrder([...others, ...words]) };
  const lineCount = words.reduce((product, key) => product * distinct(key), 1);
  if (x !== undefined && lineCount <= maxLines) return { x, y: undefined, rest: inOrder(words) };
  if (x !== undefined) return { x, y: first, rest: inOrder(words.slice(1)) };
  if (first === undefined || shownPoints(points).length === points.length) return undefined;
  return { x: second, y: first, rest: inOrder(words.slice(2)) };
}

/** What is shown of a point, and where. A key of words has its place by name. */
export interface GridCell {
  series: string;
  normalizer: string;
  x: number | string;
  y: number | string;
  value: number;
  low: number;
  high: number;
  shown: string;
}

export function cellsOf(points: readonly PointReport[], { x, y, rest }: GridKeys, { of, show }: GridQuantity): GridCell[] {
  return points.flatMap((point) => {
    const bounds = of(point);
    const at = (key: string | undefined) => {
      const value = key === undefined ? 0 : point.parameters[key];
      return typeof value === "number" ? value : valueName(value);
    };
    const series = label({ parameters: Object.fromEntries(rest.map((key) => [key, point.parameters[key]])) });
    const { kind } = point.ensemble.normalizer;
    return bounds ? [{ series, normalizer: kind, x: at(x), y: at(y), ...bounds, shown: show(bounds.value) }] : [];
  });
}

/** The values of an axis: numbers ascending, names as they come. */
export function placesOf(values: readonly (number | string)[]): (number | string)[] {
  const distinct = [...new Set(values)];
  return distinct.every((value) => typeof value === "number") ? distinct.sort((a, b) => a - b) : distinct;
}

/** What is drawn at most: values on the axis of lines; places on an axis of a matrix, and its cells in all panels together. */
const maxDrawn = { values: 200, places: 50, cells: 2500 };
/** Panels where cells are left out. */
const maxPanels = 6;

/** The cells that are drawn: all, or of many those at evenly spaced values of each key. `note` says which, as the end of a caption. */
export function drawnCells(cells: readonly GridCell[], { x, y }: GridKeys): { drawn: GridCell[]; note: string } {
  const sides = {
    panels: [...new Set(cells.map(({ series }) => series))],
    x: placesOf(cells.map((cell) => cell.x)),
    y: placesOf(cells.map((cell) => cell.y)),
  };
  const isLines = y === undefined;
  const isAll = isLines
    ? sides.x.length <= maxDrawn.values
    : cells.length <= maxDrawn.cells && Math.max(sides.x.length, sides.y.length) <= maxDrawn.places;
  if (isAll) return { drawn: [...cells], note: "" };
  const panels = isLines ? sides.panels : spaced(sides.panels, maxPanels);
  const places = isLines ? maxDrawn.values : Math.min(maxDrawn.places, Math.floor(Math.sqrt(maxDrawn.cells / panels.length)));
  const shown = { panels: new Set(panels), x: new Set(spaced(sides.x, places)), y: new Set(spaced(sides.y, places)) };
  const named = { panels: "panels", x: `values of ${x}`, y: `values of ${y}` };
  const left = (["panels", "x", "y"] as const).filter((side) => shown[side].size < sides[side].length);
  const parts = left.map((side) => `${shown[side].size} of the ${sides[side].length} ${named[side]}`);
  return {
    drawn: cells.filter((cell) => shown.panels.has(cell.series) && shown.x.has(cell.x) && shown.y.has(cell.y)),
    note: ` Drawn are ${parts.join(" and ")}, evenly spaced; the figure's CSV has all.`,
  };
}
