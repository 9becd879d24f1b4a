import type { PointReport } from "../../sweep/sweep.ts";
import { label } from "../table.ts";
import type { GridQuantity } from "./gridQuantities.ts";

/** A grid's keys: the numeric ones that become axes, and those whose values become lines of their own, or small multiples. */
export interface GridKeys {
  x: string;
  y: string | undefined;
  rest: string[];
}

/** Undefined where no key is numeric and varies. */
export function gridKeys(points: readonly PointReport[]): GridKeys | undefined {
  const keys = Object.keys(points[0]?.parameters ?? {});
  const distinct = (key: string) => new Set(points.map(({ parameters }) => JSON.stringify(parameters[key]))).size;
  const isNumeric = (key: string) => points.every(({ parameters }) => typeof parameters[key] === "number");
  const varying = keys.filter((key) => distinct(key) > 1);
  const [x, y] = varying.filter(isNumeric).sort((a, b) => distinct(b) - distinct(a));
  return x === undefined ? undefined : { x, y, rest: varying.filter((key) => key !== x && key !== y) };
}

/** What is shown of a point, and where: at `x` and, over two keys, `y`. */
export interface GridCell {
  series: string;
  normalizer: string;
  x: number;
  y: number;
  value: number;
  low: number;
  high: number;
  shown: string;
}

export function cellsOf(points: readonly PointReport[], { x, y, rest }: GridKeys, { of, show }: GridQuantity): GridCell[] {
  return points.flatMap((point) => {
    const bounds = of(point);
    const at = (key: string | undefined) => (key === undefined ? 0 : (point.parameters[key] as number));
    const series = label({ parameters: Object.fromEntries(rest.map((key) => [key, point.parameters[key]])) });
    const { kind } = point.ensemble.normalizer;
    return bounds ? [{ series, normalizer: kind, x: at(x), y: at(y), ...bounds, shown: show(bounds.value) }] : [];
  });
}
