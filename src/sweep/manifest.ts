import * as z from "zod";

const anyManifest = z.looseObject({ files: z.record(z.string(), z.unknown()) });

const files = z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() }));

const sweepManifest = z.looseObject({ specificationHash: z.string(), shaderHash: z.string().exactOptional(), files });

const experimentsManifest = z.looseObject({ experiments: z.array(z.string()), files });

/** What `report` needs of the manifest.json of a sweep, or of the paper's experiments; the rest is kept as it is. */
export type SweepManifest = z.output<typeof sweepManifest>;
export type Manifest = { kind: "sweep"; content: SweepManifest } | { kind: "experiments"; content: z.output<typeof experimentsManifest> };

/** The manifest of a JSON; undefined for any other value. */
export function manifestFrom(json: unknown): Manifest | undefined {
  const is = <T>(schema: z.ZodType<T>, value: unknown): value is T => schema.safeParse(value).success;
  if (is(sweepManifest, json)) return { kind: "sweep", content: json };
  if (is(experimentsManifest, json)) return { kind: "experiments", content: json };
  return undefined;
}

/** The files that the text of any manifest.json lists. Throws where the text is no manifest. */
export const listedIn = (text: string): string[] => Object.keys(anyManifest.parse(JSON.parse(text)).files);
