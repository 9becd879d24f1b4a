import * as z from "zod";

const anyManifest = z.looseObject({ files: z.record(z.string(), z.unknown()) });

const sweepManifest = z.looseObject({
  specificationHash: z.string(),
  shaderHash: z.string().exactOptional(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() })),
});

/** What `report` needs of a sweep's manifest.json; the rest is kept as it is. */
export type SweepManifest = z.output<typeof sweepManifest>;

export const isSweepManifest = (json: unknown): json is SweepManifest => sweepManifest.safeParse(json).success;

/** The files that the text of any manifest.json lists. Throws where the text is no manifest. */
export const listedIn = (text: string): string[] => Object.keys(anyManifest.parse(JSON.parse(text)).files);
