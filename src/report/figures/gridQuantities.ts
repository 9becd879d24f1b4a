import type { Proportion } from "../../statistics/proportion.ts";
import type { PointReport } from "../../sweep/sweep.ts";
import { short } from "../table.ts";

/** A quantity of a point that a figure shows over a grid. */
export interface GridQuantity {
  name: string;
  title: string;
  caption: string;
  unit: string;
  /** Undefined where the point has no such number. */
  of(point: PointReport): { value: number; low: number; high: number } | undefined;
  /** What the interval from `low` to `high` is. */
  band: string;
  /** Upper end of the scale; absent: that of the data. */
  top?: number;
  /** A value as text in a cell of the heat map. */
  show(value: number): string;
  /** The upper end of the heat map's colors as text. @param highest of all values */
  showTop(highest: number): string;
}

/** The part of a row that is the same for every share of runs. */
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
    show: (value) => `${(100 * value).toFixed(value > 0 && value < 0.01 ? 1 : 0)}%`,
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
    caption: "How often the token with the largest logit at the start became the sink",
    of: ({ predictors }) => bounded(predictors.logit),
    show: (value) => `${(100 * value).toFixed(0)}%`,
  },
];
