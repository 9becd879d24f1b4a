import { type Ensemble, hasClock } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import { type LearningRate, scheduleOf } from "../model/schedules.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { exactly, settingsOf } from "./settings.ts";

/** Takes a property of ensembles: its value, or undefined where points differ in it. */
export const commonOf =
  ({ points }: { points: readonly { ensemble: Ensemble }[] }) =>
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

/** "learning rate 0.001", "a learning rate from 0.01 to 0 (cosine)". */
function rateText(learningRate: LearningRate): string {
  const { kind, from, warmUp, ...rest } = scheduleOf(learningRate);
  const rate = "to" in rest ? `a learning rate from ${from} to ${rest.to} (${kind}, over ${rest.steps} steps)` : `learning rate ${from}`;
  return warmUp > 0 ? `${rate} after a warm-up of ${warmUp} steps` : rate;
}

/** What all points have in common, as one line: model, loss, shape, runs, steps, end, and every other setting that is no default. */
export function factsOf(report: SweepReport): string {
  const of = commonOf(report);
  const loss = of(({ loss }) => loss.kind);
  const [tokens, dim, runs] = [of(({ tokens }) => tokens), of(({ dim }) => dim), of(({ runs }) => runs)];
  const method = of(({ integrator, optimizer }) => integrator?.kind ?? optimizer?.kind);
  const step = of(({ integrator }) => (integrator && "step" in integrator ? integrator.step : undefined));
  const rate = of(({ optimizer }) => optimizer && rateText(optimizer.learningRate));
  const isAdaptiveEach = of(({ integrator }) => isAdaptive(integrator));
  const kind = [isAdaptiveEach && "adaptive", method].filter(Boolean);
  const length = step ? [`of ${step}`] : rate ? [`at ${rate}`] : [];
  const time = of(({ until }) => ("time" in until ? until.time : undefined));
  const steps = of(({ until }) => ("steps" in until ? until.steps : undefined));
  const clock = of(({ until }) => ("clock" in until ? until.clock : undefined));
  return [
    of(({ model }) => model) === "tied" && "tied model",
    loss && `${loss} loss`,
    tokens && `${tokens} tokens`,
    dim && `dimension ${dim}`,
    runs && `${runs.toLocaleString("en-US")} runs${report.points.length > 1 ? " each" : ""}`,
    kind.length + length.length > 0 && [...kind, "steps", ...length].join(" "),
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

/** How many runs ended in which way; undefined where all completed. */
export function endings({ points }: SweepReport): string | undefined {
  const counts = new Map<string, number>();
  for (const { status } of points) for (const [name, count] of Object.entries(status)) counts.set(name, (counts.get(name) ?? 0) + count);
  const unusual = [...counts].filter(([name, count]) => name !== "completed" && count > 0).map(([name, count]) => `${count} ${name}`);
  return unusual.length > 0 ? `Endings: ${counts.get("completed")} completed, ${unusual.join(", ")}.` : undefined;
}
