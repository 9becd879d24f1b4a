import { csvBy, figure } from "./figure.ts";
import { endLabels, overTime } from "./layout.ts";

/** Share of runs that have polarized, over time. */
export const polarizedBy = figure({
  name: "polarized-by",
  title: "How many have polarized, and when",
  entries: ({ panels }) =>
    panels.flatMap(({ label, point: { overTime } }) =>
      (overTime?.polarized ?? []).flatMap(({ share, interval: [low, high] }, i) => {
        const time = overTime?.times[i] as number;
        return time > 0 ? [{ point: label, time, share, low, high }] : [];
      }),
    ),
  caption: (_, { panelNote }) =>
    `Share of runs in which one token has come to hold the weight that counts as polarized, with its 95 % interval.${panelNote}`,
  csv: (entries) => csvBy(["point", "time", "share", "low", "high"], entries),
  plot: (entries, view) => ({
    ...overTime(view),
    height: 260,
    y: { label: "share of runs", grid: true, domain: [0, 1] },
    marks: [
      view.Plot.areaY(entries, { x: "time", y1: "low", y2: "high", fill: "point", fillOpacity: 0.2 }),
      view.Plot.line(entries, { x: "time", y: "share", stroke: "point", strokeWidth: 2 }),
      endLabels(
        view.Plot,
        entries.map(({ point, time, share }) => ({ series: point, x: time, y: share })),
        [0, 1],
        182,
      ),
    ],
  }),
});
