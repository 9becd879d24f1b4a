import { columnsOf, hasColumn, vectorNames } from "../model/columns.ts";
import { type Ensemble, recordedCount } from "../model/ensemble.ts";
import { FieldError } from "../model/errors.ts";
import { familiesOf, ofFamily } from "../model/families.ts";
import { entryNumbers } from "../model/trajectory.ts";

/** Runs `first` … `first + count − 1` of a point. */
export interface Portion {
  point: number;
  first: number;
  count: number;
}

/** What is followed, encoded, verified, stored and resumed as one: some runs of some points, in the order of families. */
export interface Part {
  /** From 0. */
  number: number;
  /** Runs in all. */
  rows: number;
  /** Portions of points of one family each: a stretch can be followed as one ensemble. */
  stretches: Portion[][];
}

/** Where a part ends. Its numbers are in docs/output.md. */
export interface PartLimits {
  /** Most rows of a part. */
  rows: number;
  /** Most bytes of results in a part: rows, lists and trajectories as a device has them. */
  bytes: number;
  /** Most numbers of state in a part. */
  state: number;
  /** A part ends with a family where it has so many rows, or so many families. */
  enoughRows: number;
  enoughFamilies: number;
}

/** Parts of a sweep, at most: their numbers in file names have six digits. */
const maxParts = 999_999;

const limits: PartLimits = { rows: 262_144, bytes: 2 ** 26, state: 2 ** 27, enoughRows: 32_768, enoughFamilies: 16 };

/** What runs of an ensemble take: bytes of a row with its lists, bytes of a run's trajectory, numbers of a run's state. */
export const sizesOf = ofFamily((ensemble): { row: number; trajectory: number; state: number } => {
  const { tokens, dim, record } = ensemble;
  const words = columnsOf(ensemble).filter((name) => hasColumn(ensemble, name)).length + (record.vectors ? vectorNames.length * tokens : 0);
  return { row: 4 * words, trajectory: 8 * entryNumbers(tokens) * recordedCount(ensemble), state: tokens * (1 + dim) };
});

/**
 * Cuts a sweep into parts, by the ensembles of its points alone: in the order of families by their first point, then of points, then of
 * runs. No limit is passed, but a part has two runs at least. A point is cut at even runs only, so that runs 2k and 2k + 1 are in one part.
 */
export function cutParts(ensembles: readonly Ensemble[], { rows, bytes, state, enoughRows, enoughFamilies } = limits): Part[] {
  if (leastParts(ensembles) > maxParts) throw tooMany(ensembles);
  const parts: Part[] = [];
  let part: Part = { number: 0, rows: 0, stretches: [] };
  let room = { bytes, state };
  const end = () => {
    if (part.rows === 0) return;
    if (parts.length === maxParts) throw tooMany(ensembles);
    parts.push(part);
    part = { number: parts.length, rows: 0, stretches: [] };
    room = { bytes, state };
  };
  for (const points of familiesOf([...ensembles.keys()], (point) => ensembles[point] as Ensemble)) {
    let stretch: Portion[] | undefined;
    for (const point of points) {
      const ensemble = ensembles[point] as Ensemble;
      const size = sizesOf(ensemble);
      const { runs } = ensemble;
      const { trajectories } = ensemble.record;
      for (let first = 0; first < runs; ) {
        const recorded = Math.max(0, Math.min(trajectories, runs) - first);
        const fitting = Math.min(rows - part.rows, Math.floor(room.state / size.state), runsWithin(room.bytes, recorded, size));
        const fits = fitting >= runs - first ? runs - first : fitting - (fitting % 2);
        if (fits <= 0 && part.rows > 0) {
          end();
          stretch = undefined;
          continue;
        }
        const count = Math.max(fits, Math.min(2, runs - first));
        if (!stretch) {
          stretch = [];
          part.stretches.push(stretch);
        }
        stretch.push({ point, first, count });
        part.rows += count;
        room.bytes -= count * size.row + Math.min(count, recorded) * size.trajectory;
        room.state -= count * size.state;
        first += count;
      }
    }
    if (part.rows >= enoughRows || part.stretches.length >= enoughFamilies) end();
  }
  end();
  return parts;
}

/** No part has more rows of this ensemble. */
export function mostRows(ensemble: Ensemble): number {
  const size = sizesOf(ensemble);
  const fitting = Math.min(limits.rows, Math.floor(limits.state / size.state), Math.floor(limits.bytes / size.row));
  return Math.max(2, fitting - (fitting % 2));
}

/** How many parts there are at least. */
const leastParts = (ensembles: readonly Ensemble[]) => ensembles.reduce((sum, ensemble) => sum + ensemble.runs / mostRows(ensemble), 0);

/** @returns the error about sweeps of more parts than there may be */
function tooMany(ensembles: readonly Ensemble[]): FieldError {
  const runs = ensembles.reduce((sum, ensemble) => sum + ensemble.runs, 0);
  const fit = Math.floor((maxParts / Math.max(maxParts, leastParts(ensembles))) * runs);
  return new FieldError(
    ["runs"],
    `expected at most ${maxParts} parts of results, which ${fit} runs in all of this size may have, got ${runs} runs`,
  );
}

/** How many runs take no more than so many bytes, where the first `recorded` have trajectories. */
function runsWithin(bytes: number, recorded: number, { row, trajectory }: { row: number; trajectory: number }): number {
  const both = Math.floor(bytes / (row + trajectory));
  return both < recorded ? both : Math.floor((bytes - recorded * trajectory) / row);
}
