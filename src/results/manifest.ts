import * as z from "zod";

const head = z.looseObject({ complete: z.boolean(), files: z.record(z.string(), z.unknown()).exactOptional() });

const files = z.record(z.string(), z.object({ sha256: z.string(), bytes: z.number() }));

const sweepManifest = z.looseObject({
  complete: z.literal(true),
  specificationHash: z.string(),
  shaderHash: z.string().exactOptional(),
  files,
});

const experimentsManifest = z.looseObject({ complete: z.literal(true), experiments: z.array(z.string()), files });

/** What `report` needs of the manifest.json of a sweep, or of the paper's experiments; the rest is kept as it is. */
export type SweepManifest = z.output<typeof sweepManifest>;
export type Manifest = { kind: "sweep"; content: SweepManifest } | { kind: "experiments"; content: z.output<typeof experimentsManifest> };

/** The manifest of a JSON of complete results; undefined for any other value. */
export function manifestFrom(json: unknown): Manifest | undefined {
  const is = <T>(schema: z.ZodType<T>, value: unknown): value is T => schema.safeParse(value).success;
  if (is(sweepManifest, json)) return { kind: "sweep", content: json };
  if (is(experimentsManifest, json)) return { kind: "experiments", content: json };
  return undefined;
}

/** Whether the results of a manifest.json are complete, and the names of the files that it lists; undefined where its text is no manifest. */
export function headOf(text: string): { complete: boolean; files: string[] } | undefined {
  try {
    const { complete, files = {} } = head.parse(JSON.parse(text));
    return { complete, files: Object.keys(files) };
  } catch {
    return undefined;
  }
}
