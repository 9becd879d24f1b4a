import type { Tallied } from "../../model/tallies.ts";
import { powerOfTen } from "../format.ts";
import { logPlace } from "../plot.ts";
import { csvBy, type Draw, figure, type View } from "./figure.ts";
import { endLabels, overTime } from "./layout.ts";

/** A fan chart: how the distribution of a quantity over runs changes with time. */
interface Fan {
  name: string;
  title: string;
  /** What the quantity is: the first words of the caption; `unit` is the label of the axis. */
  caption: string;
  unit: string;
  /** Whether the axis is logarithmic. */
  log?: boolean;
  /** Upper end of the axis; where it is absent, that of the data. */
  top?: number;
}

/** The fan of each quantity of which distributions are kept over time, in the order of the report. */
const rows: Record<Tallied, Fan> = {
  entropy: { name: "entropy", title: "Entropy over time", caption: "Entropy of the shares", unit: "entropy (nats)" },
  sinkShare: {
    name: "largest-share",
    title: "The largest share over time",
    caption: "The largest token's share of the weight",
    unit: "largest share",
    top: 1,
  },
  loss: { name: "loss", title: "Loss over time", caption: "Loss", unit: "loss", log: true },
};

const quantiles = ["q05", "q25", "median", "q75", "q95"] as const;
type Band = Record<(typeof quantiles)[number], number>;
const band = (of: (quantile: keyof Band) => number) => Object.fromEntries(quantiles.map((key) => [key, of(key)])) as Band;

/** The quantiles at each time above 0: a logarithmic axis has no 0. */
const entriesOf = ({ panels }: View, quantity: Tallied) =>
  panels.flatMap(({ label, point: { overTime: { times = [], [quantity]: bands } = {} } }) =>
    times.flatMap((time, i) => (bands && time > 0 ? [{ point: label, time, ...band((key) => bands[key][i] as number) }] : [])),
  );

/** Lower and upper end of the axis of a fan: of a logarithmic axis, their logarithms. */
function domainOf({ log, top }: Fan, drawn: readonly Band[]): [number, number] {
  const highest = Math.max(...drawn.map(({ q95 }) => q95));
  const low = log ? Math.min(...drawn.map(({ q05 }) => q05)) : 0;
  return [low, top ?? (log ? Math.max(highest, low + 1) : highest * 1.05 || 1)];
}

const fanFigure = (quantity: Tallied, fan: Fan): Draw =>
  figure({
    ...fan,
    entries: (view) => entriesOf(view, quantity),
    caption: (_, { panelNote }) => `${fan.caption}: median, 25 to 75 % and 5 to 95 % of the runs.${panelNote}`,
    csv: (entries) => csvBy(["point", "time", ...quantiles], entries),
    plot(entries, view) {
      const { Plot } = view;
      const drawn = fan.log ? entries.map((entry) => ({ ...entry, ...band((key) => logPlace(entry[key])) })) : entries;
      const domain = domainOf(fan, drawn);
      return {
        ...overTime(view),
        height: 320,
        y: { label: fan.unit, grid: true, domain, ...(fan.log && { tickFormat: (y: number) => powerOfTen(10 ** y) }) },
        marks: [
          Plot.areaY(drawn, { x: "time", y1: "q05", y2: "q95", fill: "point", fillOpacity: 0.14 }),
          Plot.areaY(drawn, { x: "time", y1: "q25", y2: "q75", fill: "point", fillOpacity: 0.2 }),
          Plot.line(drawn, { x: "time", y: "median", stroke: "point", strokeWidth: 2 }),
          endLabels(
            Plot,
            drawn.map(({ point, time, median }) => ({ series: point, x: time, y: median })),
            domain,
            242,
          ),
        ],
      };
    },
  });

/** Distributions over all runs in time. */
export const fans = (Object.keys(rows) as Tallied[]).map((quantity) => fanFigure(quantity, rows[quantity]));
