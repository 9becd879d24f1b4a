import { csvOf } from "../sweep/csv.ts";
import type { PointReport, SweepReport } from "../sweep/sweep.ts";
import { fanFigures, type Panel } from "./fans.ts";
import { powerOfTen } from "./format.ts";
import { gridFigures } from "./grid.ts";
import { type Figure, loadPlot, renderSvg } from "./plot.ts";
import { shownPoints } from "./samples.ts";
import { type SeriesEntry, seriesToCsv } from "./series.ts";
import { label, normalizerOf, timeName } from "./table.ts";
import { colorsOf, figureWidth, muted } from "./theme.ts";

/** The points that are shown side by side: all, or as many as fit, spread over the grid. */
export function panelsOf({ points, specification }: SweepReport): Panel[] {
  const chosen = shownPoints(points);
  const kindOf = (point: PointReport) => normalizerOf(point, specification);
  const categories = chosen.map((index) => {
    const point = points[index] as PointReport;
    return { label: label(point) || kindOf(point) || "all runs", normalizer: kindOf(point), index, point };
  });
  const colors = colorsOf(categories);
  return categories.map(({ label, index, point }) => ({ label, index, point, color: colors.get(label) as string }));
}

/** All figures of a report. */
export async function drawFigures(report: SweepReport, series: readonly SeriesEntry[]): Promise<Figure[]> {
  const Plot = await loadPlot();
  const panels = panelsOf(report);
  const names = panels.map(({ label }) => label);
  const colors = { domain: names, range: panels.map(({ color }) => color) };
  // One parameter a line above a panel.
  const facet = { domain: names, label: null, padding: 0.1, tickFormat: (name: string) => name.replaceAll(", ", "\n") };
  const headings = Math.max(...names.map((name) => name.split(", ").length));
  const marginTop = 20 + 15 * headings;
  const few = panels.length < report.points.length ? ` ${panels.length} of the ${report.points.length} points.` : "";
  const figures: Figure[] = [];

  // Shares over time: the first runs, a row each; every token a line.
  const shownRuns = 3;
  const lines = series.flatMap(({ point, run, time, shares }) => {
    const panel = panels.find(({ index }) => index === point);
    if (!panel || run >= shownRuns || time === 0) return [];
    const last = series.findLast((entry) => entry.point === point && entry.run === run)?.shares ?? [];
    const sink = last.indexOf(Math.max(...last));
    // Of many tokens only those that end largest: the eye can't follow more.
    const order = last.map((_, i) => i).sort((a, b) => (last[b] as number) - (last[a] as number));
    return order
      .slice(0, 12)
      .map((token) => ({ panel: panel.label, run: `run ${run}`, time, token, share: shares[token] as number, sink: token === sink }));
  });
  if (lines.length > 0) {
    const rows = Math.min(shownRuns, new Set(lines.map(({ run }) => run)).size);
    figures.push({
      name: "shares",
      title: "Shares over time",
      caption: `Each line is a token's share of the weight in one of the first ${rows} runs; the one that became the sink is colored.${few}`,
      csv: seriesToCsv(series),
      svg: renderSvg(Plot, {
        height: 45 + 15 * headings + 150 * rows,
        marginLeft: 60,
        marginRight: 60,
        marginTop,
        marginBottom: 44,
        fx: facet,
        fy: { label: null, padding: 0.16 },
        x: { type: "log", label: timeName(report), ticks: panels.length > 3 ? 3 : 5, tickFormat: powerOfTen },
        y: { domain: [0, 1], label: "share", ticks: 3, grid: true },
        color: colors,
        marks: [
          Plot.line(
            lines.filter(({ sink }) => !sink),
            { fx: "panel", fy: "run", x: "time", y: "share", z: "token", stroke: muted, strokeWidth: 1, strokeOpacity: 0.8 },
          ),
          Plot.line(
            lines.filter(({ sink }) => sink),
            { fx: "panel", fy: "run", x: "time", y: "share", z: "token", stroke: "panel", strokeWidth: 2.5 },
          ),
          Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
        ],
      }),
    });
  }

  figures.push(...fanFigures(Plot, panels, few, timeName(report)));

  // Who became the sink.
  const bars = panels.flatMap(({ label, point }) =>
    (point.sink.share ?? []).map((share, token) => ({
      panel: label,
      token,
      share,
      low: point.sink.interval?.[token]?.[0] ?? share,
      high: point.sink.interval?.[token]?.[1] ?? share,
      count: point.sink.counts[token] ?? 0,
      even: 1 / point.sink.counts.length,
    })),
  );
  if (bars.length > 0)
    figures.push({
      name: "sinks",
      title: "Who became the sink",
      caption: `Share of runs in which a token ended with the largest share, with its 95 % interval; dashed, 1/n.${few}`,
      csv: csvOf(
        ["point", "token", "count", "share", "low", "high"],
        bars.map(({ panel, token, count, share, low, high }) => [panel, token, count, share, low, high]),
      ),
      svg: renderSvg(Plot, {
        height: 260,
        marginLeft: 60,
        marginTop,
        marginBottom: 44,
        fx: facet,
        x: {
          label: "token",
          tickFormat: (token: number) => (Number.isInteger(token) ? String(token) : ""),
          ticks: Math.floor(figureWidth / panels.length / 34),
        },
        y: { label: "share of runs", grid: true, domain: [0, Math.max(...bars.map(({ high }) => high)) * 1.05] },
        color: colors,
        marks: [
          Plot.rectY(bars, {
            fx: "panel",
            x1: ({ token }: { token: number }) => token - 0.4,
            x2: ({ token }: { token: number }) => token + 0.4,
            y: "share",
            fill: "panel",
            fillOpacity: 0.75,
          }),
          Plot.ruleX(bars, { fx: "panel", x: "token", y1: "low", y2: "high", stroke: "currentColor", strokeWidth: 1.2 }),
          Plot.ruleY(
            bars.filter(({ token }) => token === 0),
            { fx: "panel", y: "even", stroke: "currentColor", strokeDasharray: "4,3" },
          ),
          Plot.ruleY([0], { stroke: "currentColor" }),
        ],
      }),
    });

  // How well early leads predict it.
  const measures = { logit: "logit", alignment: "alignment", absAlignment: "|alignment|", valueNorm: "value norm" } as const;
  const dots = panels.flatMap(({ label, point }) =>
    Object.entries(measures).flatMap(([key, measure]) => {
      const p = point.predictors[key as keyof typeof measures];
      return p
        ? [{ panel: label, measure, share: p.share, low: p.interval[0], high: p.interval[1], even: 1 / point.sink.counts.length }]
        : [];
    }),
  );
  if (dots.length > 0)
    figures.push({
      name: "predictors",
      title: "What an early lead is worth",
      caption: `How often the token that led at the start by each measure became the sink, with 95 % intervals; dashed, 1/n, what a guess would get.${few}`,
      csv: csvOf(
        ["point", "measure", "share", "low", "high"],
        dots.map(({ panel, measure, share, low, high }) => [panel, measure, share, low, high]),
      ),
      svg: renderSvg(Plot, {
        height: 210,
        marginLeft: 96,
        marginRight: 30,
        marginTop,
        marginBottom: 44,
        fx: facet,
        x: { domain: [0, 1], label: "share of runs", ticks: panels.length > 2 ? 2 : 5, tickFormat: String, grid: true },
        y: { domain: Object.values(measures), label: null },
        color: colors,
        marks: [
          Plot.ruleX(
            dots.filter(({ measure }) => measure === "logit"),
            { fx: "panel", x: "even", stroke: "currentColor", strokeDasharray: "4,3" },
          ),
          Plot.dot(dots, { fx: "panel", y: "measure", x: "share", fill: "panel", r: 5 }),
          Plot.ruleY(dots, { fx: "panel", y: "measure", x1: "low", x2: "high", stroke: "currentColor", strokeWidth: 1.5 }),
          Plot.frame({ stroke: "currentColor", strokeOpacity: 0.25 }),
        ],
      }),
    });
  return [...gridFigures(Plot, report), ...figures];
}
