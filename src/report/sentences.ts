import { type Ensemble, hasClock } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { label, percent, short } from "./format.ts";
import { exactly, settingsOf } from "./settings.ts";

/** Takes a property of ensembles: its value, or undefined where points differ in it. */
export const commonOf =
  ({ points }: SweepReport) =>
  <T extends string | number | boolean | undefined>(of: (ensemble: Ensemble) => T): T | undefined => {
    const [first, ...others] = points.map(({ ensemble }) => of(ensemble));
    return others.every((value) => value === first) ? first : undefined;
  };

/** What the times of a report are called: τ where the margin's own clock is followed. */
export function timeName(report: SweepReport): "flow time" | "τ" | "flow time or τ" {
  const inClock = commonOf(report)(hasClock);
  if (inClock === undefined) return "flow time or τ";
  return inClock ? "τ" : "flow time";
}

/** What all points have in common, as one line: model, loss, shape, runs, steps, end, and every other setting that is no default. */
export function factsOf(report: SweepReport): string {
  const of = commonOf(report);
  const loss = of(({ loss }) => loss.kind);
  const [tokens, dim, runs] = [of(({ tokens }) => tokens), of(({ dim }) => dim), of(({ runs }) => runs)];
  const method = of(({ integrator }) => integrator.kind);
  const step = of(({ integrator }) => ("step" in integrator ? integrator.step : undefined));
  const time = of(({ until }) => ("time" in until ? until.time : undefined));
  const steps = of(({ until }) => ("steps" in until ? until.steps : undefined));
  const clock = of(({ until }) => ("clock" in until ? until.clock : undefined));
  return [
    of(({ model }) => model) === "tied" && "tied model",
    loss && `${loss} loss`,
    tokens && `${tokens} tokens`,
    dim && `dimension ${dim}`,
    runs && `${runs.toLocaleString("en-US")} runs${report.points.length > 1 ? " each" : ""}`,
    method && step && `${method} steps of ${step}`,
    method && of(({ integrator }) => isAdaptive(integrator)) && `adaptive ${method} steps`,
    time && `to time ${exactly(time)}`,
    clock && `to ${exactly(clock)} of the margin's own clock`,
    steps && `for ${steps.toLocaleString("en-US")} steps`,
    ...settingsOf(report),
  ]
    .filter(Boolean)
    .join(", ");
}

/** In how many coordinates values were followed, where these were fewer than `dim`; undefined where they were not. */
export function reductionLine({ points }: SweepReport): string | undefined {
  const kinds = new Map<string, Set<number>>();
  for (const { reduction } of points) if (reduction) kinds.set(reduction.kind, (kinds.get(reduction.kind) ?? new Set()).add(reduction.dim));
  if (kinds.size === 0) return undefined;
  const named = [...kinds].map(([kind, dims]) => `${[...dims].join(", ")} (${kind})`);
  return `Values were followed in as many coordinates as move, which is exact: ${named.join("; ")}. --no-reduction follows all.`;
}

/** The result as a sentence: where one token took the weight, and where it did not. */
export function sentence(report: SweepReport): string {
  const { points } = report;
  const threshold = commonOf(report)(({ polarizedAt }) => polarizedAt);
  const share = threshold !== undefined ? `at least ${short(100 * threshold)} % of the weight` : "the weight that counts as polarized";
  const held = points.filter(({ polarized }) => polarized && polarized.share > 0);
  const never = points.filter(({ polarized }) => polarized?.share === 0);
  const parts: string[] = [];
  if (held.length > 0 && held.length <= 6) {
    const each = held.map((point, i) => {
      const what = i === 0 ? `one token came to hold ${share} in ${percent(point.polarized)} of runs` : `in ${percent(point.polarized)}`;
      return label(point) ? `${label(point)}: ${what}` : what;
    });
    parts.push(each.join("; "));
  } else if (held.length > 0) {
    const shares = held.map(({ polarized }) => polarized?.share ?? 0);
    parts.push(
      `one token came to hold ${share} in ${(100 * Math.min(...shares)).toFixed(1)} to ${(100 * Math.max(...shares)).toFixed(1)} % of runs at ${held.length} points`,
    );
  }
  if (never.length > 0) {
    const names = never.length <= 3 ? never.map(label).filter(Boolean).join(", ") : `${never.length} other points`;
    const highest = Math.max(...never.map(({ polarized }) => polarized?.interval[1] ?? 0));
    const what = held.length > 0 ? "in none" : `no token came to hold ${share} in any run`;
    parts.push(`${names ? `${names}: ` : ""}${what} (at most ${(100 * highest).toFixed(2)} % with 95 % confidence)`);
  }
  const text = parts.join("; ");
  const answer = text ? `${text[0]?.toUpperCase()}${text.slice(1)}.` : "No run ended soundly, so there is no answer.";
  return [answer, ties(report)].filter(Boolean).join(" ");
}

/** How many runs ended tied; undefined where none did. */
function ties({ points }: SweepReport): string | undefined {
  const tied = points.filter(({ sink }) => sink.tied > 0);
  if (tied.length === 0) return undefined;
  const count = (runs: number) => runs.toLocaleString("en-US");
  const each = tied.map((point) => {
    const { runs, sink } = point;
    const what = sink.tied === runs ? `all ${count(runs)} runs end tied` : `${count(sink.tied)} of ${count(runs)} runs end tied`;
    return label(point) ? `${label(point)}, ${what}` : what;
  });
  const total = count(tied.reduce((sum, { sink }) => sum + sink.tied, 0));
  return `No sink: ${tied.length <= 3 ? each.join("; ") : `${total} runs at ${tied.length} points end tied`}.`;
}

/** How many runs ended in which way; undefined where all completed. */
export function endings({ points }: SweepReport): string | undefined {
  const counts = new Map<string, number>();
  for (const { status } of points) for (const [name, count] of Object.entries(status)) counts.set(name, (counts.get(name) ?? 0) + count);
  const unusual = [...counts].filter(([name, count]) => name !== "completed" && count > 0).map(([name, count]) => `${count} ${name}`);
  return unusual.length > 0 ? `Endings: ${counts.get("completed")} completed, ${unusual.join(", ")}.` : undefined;
}
