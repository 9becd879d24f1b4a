import * as z from "zod";
import type { Engine } from "../model/result.ts";
import { sealed, sha256, unsealed } from "./digest.ts";

/** What a manifest says before its results are complete: what computes them, where, since when, and what they are of. */
export interface Description {
  sinkflow: string;
  engine: Engine["kind"];
  adapter: Engine["adapter"];
  host: string;
  /** Version of Node. */
  node: string;
  started: string;
  /** How many shards write it. */
  shards?: number;
  [key: string]: unknown;
}

/** What a manifest has beside what its results are of. */
const varying = ["host", "started", "ended", "timing", "timings", "files", "complete", "identity", "shards", "node", "adapters"];

/** All that results hang on. Where it differs they don't belong together. */
function essence(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(manifest).filter(([key]) => !varying.includes(key));
  const { engine, node } = manifest;
  return { ...Object.fromEntries(entries), ...(engine === "cpu" && { node: String(node).split(".")[0] }) };
}

/** A hash of all that the results hang on. */
export const identityOf = (manifest: Readonly<Record<string, unknown>>): string => sha256(JSON.stringify(essence(manifest)));

/** The first thing, by its key, in which two manifests are of different results: `specification.seed: 2, there 1`; undefined where there is none. */
export function difference(wanted: Readonly<Record<string, unknown>>, found: Readonly<Record<string, unknown>>): string | undefined {
  return firstDifference(essence(wanted), essence(found), "");
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const shown = (value: unknown) => {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

function firstDifference(wanted: unknown, found: unknown, path: string): string | undefined {
  if (JSON.stringify(wanted) === JSON.stringify(found)) return undefined;
  if (!isTree(wanted) || !isTree(found)) return `${path}: ${shown(wanted)}, there ${shown(found)}`;
  for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    const inner = firstDifference(wanted[key], found[key], path === "" ? key : `${path}.${key}`);
    if (inner) return inner;
  }
  return `${path}: its keys in their order, there in another`;
}

/** The text of manifest.json. */
export function manifestText(manifest: Readonly<Record<string, unknown>>): string {
  return sealed(JSON.stringify({ ...manifest, identity: identityOf(manifest) }, null, 2));
}

const files = z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() }));

const base = z.looseObject({
  sinkflow: z.string(),
  engine: z.enum(["webgpu", "cpu"]),
  adapter: z.looseObject({ description: z.string(), device: z.string() }).nullable(),
  node: z.string(),
  started: z.string(),
  complete: z.boolean(),
  identity: z.string(),
  shards: z.int().exactOptional(),
  files: files.exactOptional(),
});

/** A manifest as it was written, of complete results or not. */
export type StoredManifest = z.output<typeof base>;

/** What a text of a manifest.json is: `damaged` where this program wrote it, but not as it is; `foreign` where another did. */
export function readManifest(text: string): StoredManifest | "damaged" | "foreign" {
  const body = unsealed(text);
  const json = body === undefined ? undefined : JSON.parse(body);
  // Not what the schema makes of it, which has other keys first.
  if (base.safeParse(json).success) return json;
  return /"(sinkflow|identity|specificationHash|checksum)"/.test(text) ? "damaged" : "foreign";
}

const sweepManifest = base.extend({
  complete: z.literal(true),
  specificationHash: z.string(),
  shaderHash: z.string().exactOptional(),
  files,
});

/** What a manifest of several sweeps calls what these are of. */
const studyKinds = ["experiments", "questions"] as const;
const studiesManifest = base.extend({ complete: z.literal(true), files });

/** What `report` needs of the manifest.json of a sweep, or of studies, each of several sweeps; the rest is kept as it is. */
export type SweepManifest = z.output<typeof sweepManifest>;
export type Manifest =
  | { kind: "sweep"; content: SweepManifest }
  | { kind: (typeof studyKinds)[number]; content: z.output<typeof studiesManifest>; studies: string[] };

/** What kind of results a manifest is of; undefined where they are not complete, or another version wrote it. */
export function manifestOf(manifest: StoredManifest): Manifest | undefined {
  const is = <M>(schema: z.ZodType<M>, value: unknown): value is M => schema.safeParse(value).success;
  if (is(sweepManifest, manifest)) return { kind: "sweep", content: manifest };
  const kind = studyKinds.find((name) => name in manifest);
  const studies = kind && manifest[kind];
  return kind && is(z.array(z.string()), studies) && is(studiesManifest, manifest) ? { kind, content: manifest, studies } : undefined;
}
