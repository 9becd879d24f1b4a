import * as z from "zod";
import type { AdapterDescription, Engine, Timing } from "../model/result.ts";

/** How results came about. */
export interface Origin {
  sinkflow: string;
  engine: Engine["kind"];
  adapter: AdapterDescription | null;
  host: string;
  /** ISO 8601. */
  started: string;
  ended: string;
}

/** manifest.json of a sweep's results, except for the list of files. Hashes are SHA-256, in hexadecimal digits. */
export interface SweepManifest extends Origin {
  specification: Record<string, unknown>;
  /** Of the canonical specification as JSON. */
  specificationHash: string;
  seed: number | undefined;
  /** Of the programs as they are composed; on an engine that compiles any. */
  shaderHash?: string;
  /** Each number of lanes that runs of some point take. */
  lanesPerRun?: number[];
  /** A point each. */
  timings: ({ parameters: Record<string, unknown> } & Timing)[];
}

/** manifest.json of the paper's experiments, except for the list of files. */
export interface ReproductionManifest extends Origin {
  experiments: string[];
  specifications: { name: string; file: string; set?: readonly string[]; specificationHash: string }[];
}

export type Manifest = SweepManifest | ReproductionManifest;

const digest = z.object({ sha256: z.string(), bytes: z.number() });
/** Of a file's bytes. */
export type Digest = z.output<typeof digest>;

const anyManifest = z.looseObject({ files: z.record(z.string(), z.unknown()) });
const sweepManifest = z.looseObject({
  specificationHash: z.string(),
  shaderHash: z.string().exactOptional(),
  files: z.record(z.string(), digest),
});

/** What `report` needs of a sweep's manifest; the rest is kept as it is. */
export type StoredManifest = z.output<typeof sweepManifest>;

/** The files that any manifest lists. Throws where the text is no manifest. */
export const listedIn = (text: string): string[] => Object.keys(anyManifest.parse(JSON.parse(text)).files);

/** A sweep's manifest; undefined for another JSON value. */
export const asSweepManifest = (json: unknown): StoredManifest | undefined =>
  sweepManifest.safeParse(json).success ? (json as StoredManifest) : undefined; // itself: zod reorders keys

/** The text of manifest.json. */
export const manifestText = (manifest: object, files: Record<string, Digest>): string =>
  `${JSON.stringify({ ...manifest, files }, null, 2)}\n`;
