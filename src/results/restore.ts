import type { Specification } from "../model/grid.ts";
import type { Engine } from "../model/result.ts";
import { maxExactRuns } from "../statistics/limits.ts";
import type { Reduced } from "../sweep/fold.ts";
import type { Part } from "../sweep/parts.ts";
import type { ResultsFolder } from "./folder.ts";
import { filesOfPart, partFile } from "./names.ts";
import { readRows, readTrajectories, trajectoryOf } from "./readTables.ts";
import { readRecord, reducedOf, type StoredRecord } from "./record.ts";

/** Whether a record is of these runs. */
const isOf = ({ part, rows, points }: StoredRecord, wanted: Part): boolean => {
  const portions = wanted.stretches.flat();
  const fits = portions.every(({ point, first, count }, i) => {
    const found = points[i];
    return found?.point === point && found.first === first && found.count === count;
  });
  return part === wanted.number && rows === wanted.rows && points.length === portions.length && fits;
};

/**
 * Finds the parts that a folder holds, whole: the record is as it was written, of these results and these runs, and its files are those that it
 * lists. What of another part is there is set aside; without a record it is left. Returns their numbers.
 * @param hasTables whether parts have tables of runs
 */
export async function findParts(
  folder: ResultsFolder,
  parts: readonly Part[],
  identities: readonly string[],
  hasTables: boolean,
): Promise<Set<number>> {
  const found = new Set<number>();
  await folder.looking(async () => {
    for (const part of parts) {
      const name = partFile("parts", part.number);
      const text = await folder.read(name);
      if (text === undefined) continue;
      const record = readRecord(text.toString());
      const reason = await damageOf(folder, part, record, identities, hasTables);
      if (reason !== undefined) await folder.setAside(filesOfPart(part.number), reason);
      else if (record) {
        const digest = await folder.digestOf(name);
        if (!digest) continue; // it is gone, since it was read
        folder.keep({ ...record.files, [name]: digest });
        found.add(part.number);
      }
    }
  });
  return found;
}

/** Why a part is not whole; undefined where it is. */
async function damageOf(
  folder: ResultsFolder,
  part: Part,
  record: StoredRecord | undefined,
  identities: readonly string[],
  hasTables: boolean,
): Promise<string | undefined> {
  if (!record) return "it is changed";
  if (!identities.includes(record.identity) || !isOf(record, part)) return "it is of other results";
  const allowed = filesOfPart(part.number).slice(1);
  const listed = Object.keys(record.files);
  if (!listed.every((name) => allowed.includes(name)) || listed.includes(partFile("runs", part.number)) !== hasTables)
    return "it lists other files";
  const [change] = await folder.changes(record.files);
  return change && `${change[0]} is ${change[1]}`;
}

/** What a part that is whole adds to its points. */
export async function readPart(folder: ResultsFolder, part: Part, { points }: Specification, engine: Engine["kind"]): Promise<Reduced[]> {
  const bytesOf = async (name: string) => {
    const bytes = await folder.read(name);
    if (!bytes) throw Object.assign(new Error(`${name} is missing`), { code: "ENOENT" });
    return bytes;
  };
  const record = readRecord((await bytesOf(partFile("parts", part.number))).toString());
  if (!record) throw new Error(`${partFile("parts", part.number)} was changed while it was read`);
  const reduced = await reducedOf(record);
  const [runs, trajectories] = [partFile("runs", part.number), partFile("trajectories", part.number)];
  const ensembles = reduced.map(({ portion }) => points[portion.point]?.ensemble);
  const isExact = ensembles.some((ensemble) => ensemble && ensemble.runs <= maxExactRuns);
  const rows = runs in record.files && isExact ? await readRows(await bytesOf(runs), engine) : undefined;
  const recorded = trajectories in record.files ? await readTrajectories(await bytesOf(trajectories)) : undefined;
  let place = 0;
  return reduced.map((each, i): Reduced => {
    const { point, first, count } = each.portion;
    const from = place;
    place += count;
    const own = rows && Object.fromEntries(Object.entries(rows).map(([name, numbers]) => [name, numbers.subarray(from, place)]));
    const there = recorded?.get(point) ?? [];
    const last = Math.min(first + count, ensembles[i]?.record.trajectories ?? 0);
    const expected = Array.from({ length: Math.max(0, last - first) }, (_, run) => first + run);
    return {
      ...each,
      ...(own && { rows: own as NonNullable<Reduced["rows"]> }),
      ...(runs in record.files && {
        trajectories: expected.map((run) => there.find((trajectory) => trajectory.run === run) ?? trajectoryOf(run, [])),
      }),
    };
  });
}
