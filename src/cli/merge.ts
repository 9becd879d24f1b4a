import { join, resolve } from "node:path";
import { SinkflowError } from "../model/errors.ts";
import { parseSpecification, type Specification } from "../model/grid.ts";
import type { AdapterDescription, Engine } from "../model/result.ts";
import { workerPool } from "../node.ts";
import type { Provenance } from "../report/html.ts";
import { sha256 } from "../results/digest.ts";
import { placeCopy } from "../results/durableFile.ts";
import { ResultsFolder } from "../results/folder.ts";
import { toJson } from "../results/json.ts";
import { type Description, difference, type StoredManifest } from "../results/manifest.ts";
import { filesOfPart, partFile } from "../results/names.ts";
import { clearLocksIn, manifestIn, prepareFolder } from "../results/prepare.ts";
import { readRecord, recordFormat, verifiedOf } from "../results/record.ts";
import { findParts } from "../results/restore.ts";
import { foreignResults } from "../results/stored.ts";
import { cutParts, type Part } from "../sweep/parts.ts";
import type { Examined } from "../verification/findings.ts";
import { combine, judge } from "../verification/judge.ts";
import { version } from "../version.ts";
import { checkDefined, define } from "./define.ts";
import { checkDrawing } from "./figures.ts";
import { checkOut, checkVerified } from "./results.ts";
import { type IdentifiedParts, storedReport, storeSweep } from "./store.ts";
import { sweepText } from "./sweepText.ts";
import { print, say, withProgress } from "./terminal.ts";

export interface MergeOptions {
  define: string[];
  out?: string;
  /** Whether parts of several adapters are put together. */
  mixed?: boolean;
  json?: boolean;
  quiet?: boolean;
}

type SweepManifest = StoredManifest & Description & Provenance;

/** A folder that shards have written. */
interface Source {
  path: string;
  manifest: SweepManifest;
  /** Its parts that are whole. */
  folder: ResultsFolder;
  parts: ReadonlySet<number>;
}

/** `sinkflow merge`: finishes a sweep of which shards have written all parts. */
export async function mergeCommand(paths: readonly string[], options: MergeOptions, signal: AbortSignal): Promise<void> {
  const { out, mixed = false, json = false, quiet = false } = options;
  checkOut(out);
  checkDrawing("merge");
  await define(options.define);
  const [first = ""] = paths;
  if (out === undefined && paths.length > 1)
    throw new SinkflowError("input", `--out: expected a folder for the results of ${paths.length} folders, got none`);
  const target = out ?? first;
  const manifests = await Promise.all(paths.map(sweepManifestIn));
  const manifest = manifests[0] as SweepManifest;
  for (const [i, other] of manifests.entries()) checkFits([first, manifest], [paths[i] as string, other], mixed);
  checkDefined(first, manifest);
  const specification = specificationOf(first, manifest);
  const parts = cutParts(specification.points.map(({ ensemble }) => ensemble));
  const rows = (manifest["options"] as { rows?: string }).rows !== "none";
  for (const path of paths) await clearLocksIn(path);
  const sources = await Promise.all(
    paths.map(async (path, i): Promise<Source> => {
      const stored = manifests[i] as SweepManifest;
      const folder = new ResultsFolder(path, { state: "begun", onDamage: say, isReadOnly: resolve(path) !== resolve(target) });
      return { path, manifest: stored, folder, parts: await findParts(folder, parts, identitiesOf(stored), rows) };
    }),
  );
  checkWhole(paths, sources, parts);
  const identities = [...new Set(manifests.flatMap(identitiesOf))];
  const adapters = identities.length > 1 ? await adaptersOf(sources, parts) : [];

  const folder = await prepareFolder(target, { manifest, isMerged: true, onDamage: say });
  const isThere = folder.isComplete && (await folder.isIntact());
  if (isThere) await folder.release();
  else for (const source of sources) await copyParts(source, folder, parts);
  const storing = { specification, rows, manifest, identities };
  const origin = { engine: storedEngine(manifest), pool: workerPool() };
  const report = isThere
    ? await storedReport(target, specification)
    : await withProgress(quiet, (onProgress) => storeSweep(folder, signal, origin, { ...storing, onProgress }, adapters));
  const written = `The results are in ${target}.`;
  print(json ? toJson(report, { timing: true }) : sweepText(specification, report, target, rows), written);
  checkVerified([report], written);
}

/** The manifest of a sweep in a folder. Throws SinkflowError("storage") where there is none that can be read. */
async function sweepManifestIn(path: string): Promise<SweepManifest> {
  const manifest = await manifestIn(path);
  if (!manifest)
    throw new SinkflowError(
      "storage",
      `${path}: expected a folder that a shard of a sweep has written, got none with a manifest as it was written`,
    );
  if (manifest["specificationHash"] === undefined || manifest.sinkflow !== version || manifest["records"] !== recordFormat)
    throw foreignResults(path);
  return manifest as SweepManifest;
}

const identitiesOf = ({ identity, adapters = [] }: SweepManifest): string[] => [
  identity,
  ...(adapters as { identity: string }[]).map((each) => each.identity),
];

/** A manifest without what hangs on the adapter. */
const withoutAdapter = ({ shaderHash: _, lanesPerRun: __, ...manifest }: SweepManifest) => ({
  ...manifest,
  engine: "webgpu",
  adapter: null,
});

/** Throws SinkflowError("storage") where two folders hold parts of different sweeps. */
function checkFits([path, manifest]: [string, SweepManifest], [other, its]: [string, SweepManifest], mixed: boolean): void {
  const differs = mixed ? difference(withoutAdapter(manifest), withoutAdapter(its)) : difference(manifest, its);
  if (differs === undefined) return;
  const advice =
    !mixed && difference(withoutAdapter(manifest), withoutAdapter(its)) === undefined
      ? "; --mixed puts parts of several adapters together"
      : "";
  throw new SinkflowError(
    "storage",
    `${other}: expected parts of the same sweep as in ${path}, got others (${differs} in ${other})${advice}`,
  );
}

/** The specification of a manifest, as this version reads it. */
function specificationOf(path: string, manifest: SweepManifest): Specification {
  const specification = parseSpecification(manifest["specification"]);
  if (sha256(JSON.stringify(specification.canonical)) !== manifest.specificationHash) throw foreignResults(path);
  return specification;
}

/** Parts that are named where many are missing. */
const maxNamed = 20;

/** Throws SinkflowError("storage") with the names of the parts that no folder holds. */
function checkWhole(paths: readonly string[], sources: readonly Source[], parts: readonly Part[]): void {
  const missing = parts.filter(({ number }) => !sources.some((source) => source.parts.has(number)));
  if (missing.length === 0) return;
  const counts = [...new Set(sources.map(({ manifest }) => manifest.shards ?? 1))];
  const [count] = counts;
  const shards = counts.length === 1 && count ? [...new Set(missing.map(({ number }) => `${number % count}/${count}`))] : [];
  const some = (names: readonly string[]) => `${names.slice(0, maxNamed).join(", ")}${names.length > maxNamed ? ", …" : ""}`;
  const files = some(missing.map(({ number }) => partFile("parts", number)));
  const of = shards.length > 0 ? `, of the shards ${some(shards)}` : "";
  throw new SinkflowError("storage", `${paths.join(", ")}: expected all ${parts.length} parts, got none of ${files}${of}`);
}

/** What each adapter computed: each part is of the first folder that has it. */
async function adaptersOf(sources: readonly Source[], parts: readonly Part[]): Promise<IdentifiedParts[]> {
  const adapters = new Map<string, IdentifiedParts & { examined: Map<number, Examined[]> }>();
  for (const { number } of parts) {
    const source = sources.find((each) => each.parts.has(number)) as Source;
    const record = readRecord(String(await source.folder.read(partFile("parts", number))));
    const { engine, adapter, adapters: before = [] } = source.manifest;
    const identity = record?.identity ?? "";
    const known = (before as IdentifiedParts[]).find((each) => each.identity === identity) ?? {
      engine,
      adapter: adapter as AdapterDescription | null,
    };
    const of: IdentifiedParts & { examined: Map<number, Examined[]> } = adapters.get(identity) ?? {
      engine: known.engine,
      adapter: known.adapter,
      identity,
      parts: [],
      examined: new Map(),
    };
    adapters.set(identity, of);
    of.parts.push(number);
    const verified = record ? await verifiedOf(record) : [];
    for (const [i, { point }] of record?.points.entries() ?? [])
      of.examined.set(point, [...(of.examined.get(point) ?? []), ...(verified[i] ?? [])]);
  }
  return [...adapters.values()].map(({ examined, ...adapter }) => {
    const verification = combine([...examined.values()].flatMap((runs) => judge(runs) ?? []));
    return { ...adapter, ...(verification && { verification }) };
  });
}

/** Gives a folder the files of parts that another has, as links where that is possible. */
async function copyParts({ path, folder: source, parts: whole }: Source, target: ResultsFolder, parts: readonly Part[]): Promise<void> {
  if (resolve(path) === resolve(target.path)) return;
  for (const { number } of parts.filter((part) => whole.has(part.number))) {
    const record = partFile("parts", number);
    if ((await target.read(record)) !== undefined) continue;
    // The record comes last, as it does where a part is written.
    for (const name of filesOfPart(number).reverse()) {
      if (!(await source.has(name))) continue;
      const to = await target.pathOf(name);
      await target.stored(() => placeCopy(join(path, name), to));
    }
  }
}

/** The engine that parts are from, as far as they have to know it: it follows nothing. */
const storedEngine = ({ engine, adapter }: SweepManifest): Engine => ({
  kind: engine,
  adapter: adapter as AdapterDescription | null,
  check: () => {},
  follow: () => Promise.reject(new Error("a part to be merged was gone")),
  close: async () => {},
});
