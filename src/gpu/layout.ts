import { columnsOf, vectorNames } from "../model/columns.ts";
import { countedLayout } from "../model/counted.ts";
import { canConverge, type Ensemble, isOverTime, recordedCount, targetLength } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { familyOf } from "../model/families.ts";
import { hasDominance } from "../model/fragility.ts";
import { isAdaptive } from "../model/integrators.ts";
import { models } from "../model/models.ts";
import type { Reduction } from "../model/reductions.ts";
import type { RunOptions } from "../model/result.ts";
import { tallyWords as quantityWords, talliedNames } from "../model/tallies.ts";
import { entryParts } from "../model/trajectory.ts";
import { type Mapping, mappingOf, type Traits } from "./mapping.ts";
import { placed } from "./placed.ts";
import { pointWords } from "./points.ts";
import { isFull, memoryOf, trainedBy } from "./training.ts";

/** Runs in a batch, at most: enough to fill a large GPU, and tens of megabytes of state. */
const maxBatch = 2 ** 17;
/** Workgroups in a dispatch, at most, on every device. */
export const maxWorkgroups = 65535;
/** Dispatches of passes that are submitted and not known to be done, at most. */
export const maxInFlight = 8;

/** Where the parts of a trajectory's entry begin, ENTRY_…_AT in the shaders; and its length with the state after it that it is made from. */
export const entryLayout = (n: number) => placed(entryParts(n));
export const recordWords = (n: number, r: number): number => entryLayout(n).words + n + n * r;

/** Where the parts of a run's state begin, STATE_…_AT in the shaders, and its length, in words. */
export function stateParts(ensemble: Ensemble, { kind, dim: r, aimLength }: Reduction) {
  const { tokens: n, dim: d } = ensemble;
  const reduced = kind !== "none";
  const trained = trainedBy(ensemble) !== undefined;
  const { memory, carried } = memoryOf(ensemble);
  return placed({
    attention: n,
    values: n * r,
    aim: aimLength,
    slope: trained ? n : (1 + models[ensemble.model].terms) * (n + r), // the weights, or a Stage
    logitMemory: memory * n,
    valueMemory: memory * n * r,
    carried,
    before: trained || isFull(ensemble) ? n * r : 0, // the values at the beginning of a step
    keptAttention: canConverge(ensemble) ? n : 0,
    keptValues: canConverge(ensemble) ? n * r : 0,
    target: targetLength(ensemble),
    squaredNorms: n, // of the values as they were drawn
    outside: reduced ? n : 0,
    first: reduced ? n * r : 0,
    basis: kind === "span" ? r * d : 0,
  });
}

/** Words that are gathered of a sampled run at a time: its row and its vectors. */
export const observationWords = (ensemble: Ensemble): number => columnsOf(ensemble).length + vectorNames.length * ensemble.tokens;
/** Words of its start as it was drawn: logits, values, target. */
export const startWords = (ensemble: Ensemble): number => ensemble.tokens * (1 + ensemble.dim) + targetLength(ensemble);
/** Words that there is room for: its start, or later an observation. */
export const sampleWords = (ensemble: Ensemble): number => Math.max(startWords(ensemble), observationWords(ensemble));

/** Entry points that count the places that they have done, for the host, so that it sees whether they were executed. */
export const counting = ["aims", "initial", "start", "end", "record", "reduce", "pack"] as const;
/** Where these counts begin in `tallies`: behind the lengths of the two lists of runs. */
export const countsAt = 2;
/** Where the lists begin, behind the counts. */
export const listsAt = countsAt + counting.length;
/** Where histograms begin in `tallies`, behind the lists. */
export const talliesAt = (batch: number): number => listsAt + 2 * batch;
/** Words behind every buffer that a kernel writes. They are bound with it: what is written beyond the end of a buffer lands there. */
export const guardWords = 4;
/** Words behind the histograms: for each sampled run the word of its point's histograms that it was counted in, at each time, for each kind. */
export const ledgerWords = ({ tallyWords, times }: Layout, samples: number): number =>
  tallyWords > 0 ? samples * times * talliedNames.length : 0;
/** Words of histograms that one invocation looks at: WORDS_EACH in shaders/statistics/pack.wgsl. */
export const packedEach = 64;
/** Runs of a column that one invocation counts: REDUCED_EACH in shaders/statistics/reduce.wgsl. */
export const reducedEach = 16;
/** Pairs that there is room for where so many words of histograms are packed. Some 2 % of them are filled by 2,000 runs. */
export const maxPairs = (words: number): number => Math.min(2 ** 20, Math.ceil(words / 8));
/** Words of the histograms of all points in a batch, at most, but for those of one point. */
const maxTallyWords = 2 ** 25;
/** Words that `tallies` has at most beside the lists and what is counted of a point. */
const maxLedger = 2 ** 20;
/** Words of a point in `tallies`: histograms, then counts. */
export const pointTallies = ({ tallyWords, countedWords }: Pick<Layout, "tallyWords" | "countedWords">): number =>
  tallyWords + countedWords;

export interface Limits extends Traits {
  maxStorageBufferBindingSize: number;
  maxBufferSize: number;
}

/** Runs in a batch, at least: two where runs are compared. */
export const leastRuns = (ensemble: Ensemble): number => (hasDominance(ensemble) ? Math.min(2, ensemble.runs) : 1);

/** The smallest rtol on a device. Below it error estimates are rounding of float32, and results get no better (docs/accuracy.md). */
const minRtol = 1e-6;

/** How ensembles of a family are stored in a device's buffers, [component][run]; sizes are in words of 32 bits. */
export interface Layout {
  /** Runs in a batch, at most, which are followed together. */
  batch: number;
  /** Points that they belong to, at most. */
  maxPoints: number;
  mapping: Mapping;
  state: ReturnType<typeof stateParts>;
  /** Words of a run's vectors: one a token for each of `vectorNames`. */
  vectorWords: number;
  /** Words that are kept of a run for its trajectory. */
  trajectoryWords: number;
  /** Runs in a batch that keep their trajectories, and that are sampled, at most. */
  maxRecorded: number;
  maxSamples: number;
  /** How many times are recorded. */
  times: number;
  /** Words of the histograms of a point at these times; 0 if none are kept. */
  tallyWords: number;
  /** Words in which columns of a point are counted (`countedLayout`); 0 where they are not. */
  countedWords: number;
}

/** Words of a binding. */
const wordsWithin = (limits: Limits): number =>
  Math.floor(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4) - guardWords;

/** Words of the histograms over time of a point. */
const histogramWords = (ensemble: Ensemble): number =>
  isOverTime(ensemble) ? talliedNames.length * recordedCount(ensemble) * quantityWords : 0;

/** Whether so many words of a point fit into `tallies` of so many words, beside the lists and bins of sampled runs. */
const hasRoom = (inTallies: number, words: number): boolean => inTallies + listsAt + 2 * maxBatch + maxLedger <= words;

/** Whether a device with these limits can count the columns of an ensemble. */
export function canCount(ensemble: Ensemble, limits: Limits): boolean {
  return hasRoom(pointTallies({ tallyWords: histogramWords(ensemble), countedWords: countedLayout(ensemble).words }), wordsWithin(limits));
}

/** Throws as `layOut` does where a device can't hold one of the ensembles. Those that are laid out alike are looked at once: there may be thousands. */
export function checkAll(ensembles: readonly Ensemble[], limits: Limits, options?: Parameters<typeof layOut>[2]): void {
  const seen = new Set<string>();
  for (const ensemble of ensembles) {
    const { record, integrator } = ensemble;
    const rtol = isAdaptive(integrator) ? integrator.rtol : "";
    const kind = [familyOf(ensemble), leastRuns(ensemble), record.trajectories, rtol].join(" ");
    if (seen.size < seen.add(kind).size) layOut(ensemble, limits, options);
  }
}

/**
 * Throws SinkflowError("input") with the number that would fit if the device can't hold the ensemble.
 * @param runs how many runs of the ensemble's family there are
 */
export function layOut(
  ensemble: Ensemble,
  limits: Limits,
  options?: Parameters<typeof mappingOf>[1] & Pick<RunOptions, "count">,
  runs = ensemble.runs,
): Layout {
  const { tokens: n, dim: d } = ensemble;
  const mapping = mappingOf(ensemble, options, limits);
  const { reduction, lanes, workgroup } = mapping;
  const r = reduction.dim;
  if (isAdaptive(ensemble.integrator) && ensemble.integrator.rtol < minRtol)
    throw new SinkflowError(
      "input",
      `integrator.rtol: expected at least ${minRtol.toExponential()} on the WebGPU engine, in float32, got ${ensemble.integrator.rtol}; --engine cpu takes it as it is`,
    );
  const words = wordsWithin(limits);
  const state = stateParts(ensemble, reduction);
  if (state.words > words) {
    const wordsOf = (dim: number) => stateParts(ensemble, { ...reduction, dim }).words;
    let fit = r;
    while (wordsOf(fit) > words) fit--;
    throw new SinkflowError(
      "input",
      `dim: expected at most ${fit} ${r === d ? "" : "coordinates "}with ${n} tokens on this device, got ${r === d ? d : `${d}, which comes down to ${r}`}; --engine cpu takes it as it is`,
    );
  }
  const vectorWords = vectorNames.length * n;
  const times = recordedCount(ensemble);
  const histograms = histogramWords(ensemble);
  if (histograms > words / 2)
    throw new SinkflowError(
      "input",
      `record.times: expected at most ${Math.floor(words / 2 / talliedNames.length / quantityWords)} times on this device, got ${times}`,
    );
  const places = (maxWorkgroups * workgroup) / lanes.count;
  const batch = Math.min(
    runs,
    maxBatch,
    places,
    Math.floor(words / Math.max(state.words, vectorWords, columnsOf(ensemble).length)),
    words / 4 - listsAt,
  );
  if (batch < leastRuns(ensemble))
    throw new SinkflowError(
      "input",
      `record.fragility: expected states of which this device holds two, since it compares runs, got ${n} tokens of dim ${d}; --engine cpu takes it as it is`,
    );
  const { trajectories } = ensemble.record;
  const trajectoryWords = recordWords(n, r) * times;
  if (trajectories > 0) {
    const fit = Math.min(batch, Math.floor(words / trajectoryWords));
    if (trajectories > fit)
      throw new SinkflowError(
        "input",
        `record.trajectories: expected at most ${fit} on this device at ${times} recorded times, got ${trajectories}`,
      );
  }
  // What one point needs is there in any case; of the rest trajectories have a half.
  const maxRecorded = Math.max(trajectories, Math.floor(words / 2 / trajectoryWords));
  const maxSamples = Math.floor((words - trajectoryWords * (trajectories > 0 ? maxRecorded : 0)) / sampleWords(ensemble));
  const countedWords = options?.count ? countedLayout(ensemble).words : 0;
  const inTallies = pointTallies({ tallyWords: histograms, countedWords });
  if (countedWords > 0 && !hasRoom(inTallies, words)) throw new Error("the device has no room to count columns");
  const tallied = inTallies > 0 ? Math.floor(Math.min(maxTallyWords, words / 2) / inTallies) : Infinity;
  const listed = Math.floor((words - 2 * batch - 1) / pointWords(ensemble, reduction.kind));
  const maxPoints = Math.max(1, Math.min(tallied, listed));
  const tallyWordsOf = { tallyWords: histograms, countedWords };
  return { batch, maxPoints, mapping, state, vectorWords, times, ...tallyWordsOf, trajectoryWords, maxRecorded, maxSamples };
}
