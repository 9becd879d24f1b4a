import { none } from "../model/columns.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { hasDominance } from "../model/fragility.ts";
import type { Sample } from "../model/samples.ts";
import { isSound, statuses } from "../model/status.ts";
import { dominanceOf } from "../reference/fragility.ts";
import { drawStart } from "../reference/start.ts";
import { boundMultiple, type Choice } from "./findings.ts";
import { type Effort, type Replay, type Replays, replaysOf } from "./replays.ts";

/**
 * Whether the sink of a run of an even number dominates that of the next run, which the reference draws for itself and follows as it does the sampled
 * one. It is decided where its number is the same way in all replays of either, and further from 0 than a multiple of how far they move it, twice.
 */
export function pairFinding(
  ensemble: Ensemble,
  sample: Sample,
  { exact, disturbed, finer, otherSteps }: Replays,
  effort: Effort,
): Choice[] {
  const { run } = sample;
  if (!hasDominance(ensemble) || run % 2 === 1 || run + 1 >= ensemble.runs || exact.row.sink === none) return [];
  const drawn = drawStart(ensemble, run + 1);
  const start = { logits: drawn.logits.map(Math.fround), values: drawn.values.map(Math.fround), target: drawn.target.map(Math.fround) };
  const next = replaysOf(ensemble, { ...sample, ...start, run: run + 1 }, { until: ensemble.until }, effort);
  const replays = [next.exact, ...next.disturbed, ...next.finer, ...next.otherSteps];
  // Its steps, where they decide the end, are other ones on the device.
  const isKnown = ({ row: { status } }: Replay) => isSound(status) && status !== statuses["max-steps"];
  if (!replays.every(isKnown) || next.beyondRange || next.crossedKink || next.lostSign) return [];
  const by = (first: Replay, second: Replay) => dominanceOf(ensemble, first.state, second.state);
  const gap = by(exact, next.exact);
  const others = [...[...disturbed, ...finer, ...otherSteps].map((one) => by(one, next.exact)), ...replays.map((one) => by(exact, one))];
  if (![gap, ...others].every((x) => x > 0 === gap > 0)) return []; // nor where there is none
  const moved = others.reduce((most, x) => Math.max(most, Math.abs(x - gap)), 0);
  const got = sample.end.row.dominates ?? none;
  // Both runs move.
  return [
    { at: "end", name: "dominates", got, exact: Number(gap > 0), gap: Math.abs(gap), against: 2 * boundMultiple * moved, ofSink: true },
  ];
}
