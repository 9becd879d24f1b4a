import { haveSameDesign } from "../model/design.ts";
import { hasDominance } from "../model/fragility.ts";
import type { Segment } from "../model/result.ts";
import { sampledRun, samplesBetween, samplingOf } from "../model/samples.ts";
import type { Layout } from "./layout.ts";

/** Runs of a segment in a batch: a point of the batch. */
export interface Slice extends Omit<Segment, "samples"> {
  /** Index of the segment. */
  segment: number;
  /** Where they begin in the batch. */
  place: number;
  /** How many of them, from the first on, keep their trajectories; and how many runs of the slices before do. */
  recorded: number;
  recordedBefore: number;
  /** Numbers of those that are sampled; and how many runs of the slices before are. */
  sampled: readonly number[];
  sampledBefore: number;
  /** Whether they are the segment's last. */
  isLast: boolean;
}

/** What a batch holds: runs of some segments, in their order. */
export interface Plan {
  slices: readonly Slice[];
  runs: number;
  recorded: number;
  samples: number;
}

/** Cuts segments of a family into batches that a device can hold, all of one design (shaders/points.wgsl). Results do not depend on it. */
export function plansOf(segments: readonly Segment[], layout: Layout): Plan[] {
  const plans: Plan[] = [];
  let slices: Slice[] = [];
  let held = { runs: 0, recorded: 0, samples: 0 };
  const close = () => {
    plans.push({ slices, ...held });
    slices = [];
    held = { runs: 0, recorded: 0, samples: 0 };
  };
  for (const [segment, { ensemble, first: begin, count: all, samples }] of segments.entries()) {
    const sampling = samplingOf(ensemble.runs, Math.min(samples, layout.maxSamples));
    const end = begin + all;
    for (let first = begin; first < end; ) {
      const room = Math.min(end - first, layout.batch - held.runs);
      // Runs that are compared stay together: a batch ends between two pairs.
      const count = hasDominance(ensemble) && first + room < end ? room - ((first + room) % 2) : room;
      const { from, to } = samplesBetween(sampling, first, first + count);
      const sampled = Array.from({ length: to - from }, (_, i) => sampledRun(sampling, from + i));
      const recorded = Math.max(0, Math.min(ensemble.record.trajectories - first, count));
      const fits =
        count > 0 &&
        (slices[0] === undefined || haveSameDesign(slices[0].ensemble, ensemble)) &&
        slices.length < layout.maxPoints &&
        held.recorded + recorded <= layout.maxRecorded &&
        held.samples + sampled.length <= layout.maxSamples;
      if (!fits) {
        close();
        continue;
      }
      const before = { place: held.runs, recordedBefore: held.recorded, sampledBefore: held.samples };
      slices.push({ segment, ensemble, first, count, recorded, sampled, ...before, isLast: first + count === end });
      held = { runs: held.runs + count, recorded: held.recorded + recorded, samples: held.samples + sampled.length };
      first += count;
    }
  }
  close();
  return plans;
}
