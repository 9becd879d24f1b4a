import * as z from "zod";
import { parseSpecification, type Specification } from "../model/grid.ts";
import type { SweepReport } from "./sweep.ts";

/**
 * The JSON that `run --json` prints; without `timing`, that of summary.json. It is the report without each `ensemble`, which follows
 * from the specification.
 */
export const toJson = ({ points, timing: of, verification, ...report }: SweepReport, { timing }: { timing: boolean }) => ({
  ...report,
  ...(timing && of && { timing: of }),
  ...(verification && { verification }),
  points: points.map(({ ensemble: _, ...point }) => {
    const { timing: __, ...repeatable } = point;
    return timing ? point : repeatable;
  }),
});

/** The part of a summary that is checked before a report is drawn. Every point has it. */
const storedSweep = z.looseObject({
  sinkflow: z.string(),
  specification: z.record(z.string(), z.unknown()),
  engine: z.enum(["webgpu", "cpu"]),
  adapter: z.looseObject({ description: z.string(), device: z.string() }).nullable(),
  points: z.array(
    z.looseObject({
      parameters: z.record(z.string(), z.unknown()),
      runs: z.int(),
      status: z.record(z.string(), z.int()),
      sink: z.looseObject({ counts: z.array(z.int()) }),
      predictors: z.looseObject({}),
    }),
  ),
});

/** The report of a stored JSON; undefined for any other value. @param specification what was stored, by default what the JSON says */
export function fromJson(json: unknown, specification?: Specification): SweepReport | undefined {
  if (!storedSweep.safeParse(json).success) return undefined;
  const stored = json as SweepReport;
  try {
    const { points } = specification ?? parseSpecification(stored.specification);
    if (points.length !== stored.points.length) return undefined;
    return { ...stored, points: stored.points.map((point, i) => ({ ...point, ...points[i] })) };
  } catch {
    return undefined;
  }
}
