import { type AskedFor, type Ensemble, endOf, stepLength } from "./ensemble.ts";
import { isAdaptive } from "./integrators.ts";
import { type Loss, lossRow } from "./losses.ts";
import { multipleWithin } from "./moment.ts";

/** An ensemble before the defaults that depend on other fields are filled in; its kinds are in their long form. */
export interface Draft extends Omit<Ensemble, "until" | "record"> {
  until: { steps?: number; time?: number; clock?: number; maxSteps?: number; converge?: boolean };
  record: AskedFor & { trajectories: number; vectors: boolean; steps?: number[]; times?: { from?: number; to?: number; count?: number } };
}

/** Accepted adaptive steps after which a run ends. */
export const defaultMaxSteps = 20_000;
/** Steps of a run with an optimizer. */
export const defaultSteps = 10_000;
/** Number of recorded times. */
export const defaultTimes = 64;

/** Fills in the defaults that depend on other fields. The draft has passed `checkDraft`. */
export function withDefaults(draft: Draft): Ensemble {
  const loss = lossOf(draft);
  const until = untilOf(draft);
  return { ...draft, loss, until, record: recordOf(draft, endOf({ ...draft, until })) };
}

/** A given design has its own number of samples and its own condition number. */
function lossOf({ loss, target }: Draft): Loss {
  if (loss.kind !== "regression") return loss;
  if (target.kind === "given" && "design" in target) return { kind: "regression", samples: target.design.length };
  return { kind: "regression", samples: loss.samples ?? 20, conditionNumber: loss.conditionNumber ?? 5 };
}

/** The default end is the default time of the loss; with a fixed step, the nearest multiple of that step; with an optimizer, some steps. */
function untilOf({ until, loss, integrator }: Draft): Ensemble["until"] {
  const { steps, clock, time, maxSteps = defaultMaxSteps, converge = true } = until;
  const initial = lossRow(loss).time;
  if (isAdaptive(integrator)) return { ...(clock === undefined ? { time: time ?? initial } : { clock }), maxSteps, converge };
  if (steps !== undefined) return { steps };
  if (integrator === undefined) return { steps: defaultSteps };
  if (clock !== undefined) return { clock };
  const multiple = Math.max(1, Math.round(initial / integrator.step)) * integrator.step;
  return { time: time ?? (Math.abs(multiple - initial) > multipleWithin * initial ? multiple : initial) };
}

/** By default recorded times go from 0.01, or a thousandth of the end where that is less (with a fixed step: from the first step), to the end. */
function recordOf({ record, integrator, optimizer }: Draft, end: number): Ensemble["record"] {
  const { steps, times = {}, ...others } = record;
  if (steps) return { steps, ...others };
  const first = isAdaptive(integrator) ? Math.min(1e-2, end / 1000) : stepLength({ integrator, optimizer }, 0);
  const { from = Math.min(first, times.to ?? end), to = end, count = defaultTimes } = times;
  return { times: { from, to, count }, ...others };
}
