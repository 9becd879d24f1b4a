import { columnNames, vectorNames } from "../model/columns.ts";
import { SinkflowError } from "../model/errors.ts";
import { isAdaptive } from "../model/integrators.ts";
import { models } from "../model/models.ts";
import { canConverge, isOverTime, type Point, recordedTimes, targetLength } from "../model/point.ts";
import type { Reduction } from "../model/reductions.ts";
import { talliedNames, tallyWords } from "../model/tallies.ts";
import { entryParts } from "../model/trajectory.ts";
import { type Mapping, mappingOf, type Traits } from "./mapping.ts";
import { placed } from "./parts.ts";

/** Most runs in a batch: enough to fill a large GPU, and tens of megabytes of state. */
const mostBatch = 2 ** 17;
/** Most workgroups in a dispatch, on every device. */
export const mostWorkgroups = 65535;
/** Words of a `Course`, shaders/course.wgsl. */
export const courseWords = 13;
/** Words of a trajectory's entry, shaders/observables/trajectory.wgsl, and of the state behind it that it is made of. */
export const entryWords = (n: number): number => placed(entryParts(n)).words;
export const recordWords = (n: number, r: number): number => entryWords(n) + n + n * r;

/** Where the parts of a run's state begin, in words, [component][run]: STATE_…_AT of the shaders; and how many words it takes. */
export function stateParts(point: Point, { kind, dim: r, aimLength }: Reduction) {
  const { tokens: n, dim: d } = point;
  const reduced = kind !== "none";
  return placed({
    attention: n,
    values: n * r,
    aim: aimLength,
    slope: (1 + termsOf(point)) * (n + r), // a `Stage`
    keptAttention: canConverge(point) ? n : 0,
    keptValues: canConverge(point) ? n * r : 0,
    target: targetLength(point),
    outside: reduced ? n : 0,
    first: reduced ? n * r : 0,
    basis: kind === "span" ? r * d : 0,
  });
}

/** Of the slope of V, as a sum of outer products: TERMS in shaders/models. */
export const termsOf = ({ model }: Point): number => models[model].terms;

export interface Limits extends Traits {
  maxStorageBufferBindingSize: number;
  maxBufferSize: number;
}

/** Least rtol on a device: below it float32 gains nothing, and error estimates are its rounding (docs/accuracy.md). */
const leastRtol = 1e-6;

/** How an ensemble lies in a device's buffers: sizes in 32-bit words, everything [component][run]. */
export interface Layout {
  /** Runs in a batch, which are simulated together; the last batch may hold fewer. */
  batch: number;
  mapping: Mapping;
  state: ReturnType<typeof stateParts>;
  /** Of every run, a number a token each: `vectorNames`. */
  vectorWords: number;
  /** Most runs whose starts can be read back at once. */
  samples: number;
  times: number[];
  /** Words of the histograms at these times; 0 where there are none. */
  tallyWords: number;
}

/** Throws SinkflowError("input") with the number that would fit if the device can't hold the ensemble. */
export function layOut(point: Point, limits: Limits, options?: Parameters<typeof mappingOf>[1]): Layout {
  const { tokens: n, dim: d } = point;
  const mapping = mappingOf(point, options, limits);
  const { reduction, lanes, workgroup } = mapping;
  const r = reduction.dim;
  if (isAdaptive(point.integrator) && point.integrator.rtol < leastRtol)
    throw new SinkflowError(
      "input",
      `integrator.rtol: expected at least ${leastRtol.toExponential()} on the WebGPU engine, in float32, got ${point.integrator.rtol}; --engine cpu takes it as it is`,
    );
  const words = Math.floor(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4);
  const state = stateParts(point, reduction);
  if (state.words > words) {
    const wordsOf = (dim: number) => stateParts(point, { ...reduction, dim }).words;
    let fit = r;
    while (wordsOf(fit) > words) fit--;
    throw new SinkflowError(
      "input",
      `dim: expected at most ${fit} ${r === d ? "" : "coordinates "}with ${n} tokens on this device, got ${r === d ? d : `${d}, which comes down to ${r}`}; --engine cpu takes it as it is`,
    );
  }
  const vectorWords = vectorNames.length * n;
  const times = recordedTimes(point);
  const histograms = isOverTime(point) ? talliedNames.length * times.length * tallyWords : 0;
  if (histograms > words / 2)
    throw new SinkflowError(
      "input",
      `record.times: expected at most ${Math.floor(words / 2 / talliedNames.length / tallyWords)} times on this device, got ${times.length}`,
    );
  const places = (mostWorkgroups * workgroup) / lanes.count;
  const batch = Math.min(
    point.runs,
    mostBatch,
    places,
    Math.floor(words / Math.max(state.words, vectorWords, columnNames.length)),
    words / 4 - 2,
  );
  const { trajectories } = point.record;
  if (trajectories > 0) {
    const fit = Math.min(batch, Math.floor(words / (recordWords(n, r) * times.length)));
    if (trajectories > fit)
      throw new SinkflowError(
        "input",
        `record.trajectories: expected at most ${fit} on this device at ${times.length} recorded times, got ${trajectories}`,
      );
  }
  return { batch, mapping, state, samples: Math.floor(words / (n * d)), vectorWords, times, tallyWords: histograms };
}
