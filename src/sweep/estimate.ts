import { bytesAtOnce } from "../ensemble/cpu.ts";
import { columnRow, columnsOf, columnTypes, measuredOf, vectorNames } from "../model/columns.ts";
import { columnBins, countedLayout } from "../model/counted.ts";
import { type Ensemble, isOverTime, recordedCount } from "../model/ensemble.ts";
import { ofFamily } from "../model/families.ts";
import type { Engine } from "../model/result.ts";
import { entryNumbers } from "../model/trajectory.ts";
import { maxExactRuns } from "../statistics/limits.ts";
import { bytesOfExamination } from "../verification/examine.ts";
import { mostRows, sizesOf } from "./parts.ts";
import { samplesOf } from "./sampling.ts";
import { partsInFlight } from "./stages.ts";

/** What a sweep takes at its peak, in bytes, roughly: to be known before it begins. */
export interface Estimate {
  /** On disk, with rows. */
  disk: number;
  /** In memory that arrays of numbers have: rows of parts, numbers that quantiles are made of, histograms; and the text of the largest point. */
  arrays: number;
  /** In memory of JavaScript's own: the reports of all points, with trajectories that the JSON has. */
  heap: number;
  /** In memory that the float64 reference has: states of runs that it follows at a time, or with which runs are verified. */
  states: number;
}

export interface EstimateOptions {
  engine: Engine["kind"];
  /** Threads of the reference, and bytes of memory that there are. */
  threads: number;
  memory: number;
  /** Verified runs of each point; by default `samplesOf`. */
  samples?: number | undefined;
  /** Whether the device counts columns of an ensemble in place of its rows. */
  counts?: (ensemble: Ensemble) => boolean;
}

/** A point's report without distributions over time and shares of tokens. */
const bareReport = 16_384;
/** Numbers in arrays, as V8 and the text of the JSON have them. */
const numberBytes = 8 + 20;
/** Bytes of a row of a device as Parquet has them, over those in memory. Lists hardly shrink. */
const packed = 0.6;
/** The same numbers while the text of their point is made: lists of lists that were copied from a thread, and the text with its lines. */
const textBytes = 170;
/** Copies of a part's rows and lists: batches that threads sent, pages that are encoded. Of the numbers for quantiles: their room is doubled, and they are sorted. Of what is counted: read back, listed, and sent to a thread. */
const copies = { part: { cpu: 4, webgpu: 1.5 }, columns: 3, counted: 4 };

const measuredColumns = ofFamily((ensemble) => measuredOf(ensemble).length);

export function estimateOf(ensembles: readonly Ensemble[], { engine, threads, memory, samples, counts }: EstimateOptions): Estimate {
  const wide = engine === "cpu" ? 2 : 1;
  let [disk, heap, quantiles, histograms, text] = [0, 0, 0, 0, 0];
  for (const ensemble of ensembles) {
    const { tokens, runs, record } = ensemble;
    const { row, trajectory } = sizesOf(ensemble);
    const lists = record.vectors ? row * wide : row * wide * packed;
    const times = recordedCount(ensemble);
    disk += runs * lists + record.trajectories * trajectory;
    const numbers = 8 * 3 * (isOverTime(ensemble) ? times : 0) + 3 * tokens + record.trajectories * entryNumbers(tokens) * times;
    heap += bareReport + numbers * numberBytes;
    text = Math.max(text, numbers * textBytes);
    quantiles = Math.max(quantiles, 4 * wide * measuredColumns(ensemble) * (runs > maxExactRuns ? 2 ** 20 : runs));
    histograms = Math.max(histograms, isOverTime(ensemble) ? 3 * 8194 * 4 * times : 0);
  }
  const words = columnsOf(...ensembles).reduce((sum, name) => sum + (columnTypes[columnRow(name).type].word === "f32" ? wide : 1), 0);
  const runs = ensembles.reduce((sum, ensemble) => sum + ensemble.runs, 0);
  const rows = Math.min(runs, Math.max(...ensembles.map(mostRows)));
  const lists = Math.max(...ensembles.map((ensemble) => Math.min(ensemble.runs, mostRows(ensemble)) * listBytes(ensemble)));
  const counted = Math.max(0, ...ensembles.filter((ensemble) => counts?.(ensemble)).map(countedBytes));
  const ofPart = (4 * words * rows + wide * lists) * copies.part[engine] + counted * copies.counted;
  const partsHeld = Math.min(partsInFlight, Math.ceil(runs / rows));
  const states = statesOf(ensembles, { engine, threads, memory, samples });
  // On threads, of points or of parts of one, and where what parts add is put together.
  const summarized = 1 + Math.min(threads, ensembles.length - 1 + partsHeld);
  return { disk, heap, arrays: partsHeld * ofPart + copies.columns * quantiles + summarized * histograms + text, states };
}

/** Bytes of the lists of a run, as a device has them. */
const listBytes = ({ record, tokens }: Ensemble): number => (record.vectors ? 4 * vectorNames.length * tokens : 0);

/** Bytes of what a device counts of a part's runs: pairs of a place and a count. No more bins are filled than there are runs. */
function countedBytes(ensemble: Ensemble): number {
  const { columns, binsAt } = countedLayout(ensemble);
  const withBins = columns.filter(({ bins }) => bins > 0).length;
  return 8 * (binsAt + withBins * Math.min(columnBins, ensemble.runs, mostRows(ensemble)));
}

/** Bytes of the largest states that threads hold at a time. */
function statesOf(ensembles: readonly Ensemble[], { engine, threads, memory, samples }: EstimateOptions): number {
  if (engine === "cpu") return Math.max(...ensembles.map((ensemble) => bytesAtOnce(ensemble, threads, memory)));
  const verified = samples === undefined ? samplesOf(ensembles) : ensembles.map(({ runs }) => Math.min(runs, samples));
  return Math.max(...ensembles.map((ensemble, i) => bytesOfExamination(ensemble) * Math.min(threads, verified[i] as number)));
}
