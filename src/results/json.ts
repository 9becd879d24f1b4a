import * as z from "zod";
import { parseSpecification, type Specification } from "../model/grid.ts";
import type { PointReport, SweepReport } from "../sweep/sweep.ts";

/** What the JSON has of a point: all but its ensemble, which follows from the specification, and without `timing` what can be repeated. */
export function pointJson({ ensemble: _, ...point }: PointReport, { timing }: { timing: boolean }): object {
  const { timing: __, ...repeatable } = point;
  return timing ? point : repeatable;
}

/**
 * The JSON that `run --json` prints; without `timing`, that of summary.json. As text in pieces, one a point: of ten thousand points it is
 * longer than a string can be. @param indent spaces a level, in lines of which the last has its end; by default all stands on one line, without
 */
export function* toJson(
  { points, timing, verification, ...report }: SweepReport,
  options: { timing: boolean; indent?: number },
): Generator<string> {
  const { indent = 0 } = options;
  const frame = JSON.stringify(
    { ...report, ...(options.timing && timing && { timing }), ...(verification && { verification }), points: [] },
    null,
    indent,
  );
  const inside = frame.lastIndexOf("[]") + 1;
  const line = (depth: number) => (indent > 0 ? `\n${" ".repeat(depth * indent)}` : "");
  yield frame.slice(0, inside);
  for (const [i, point] of points.entries()) {
    const text = JSON.stringify(pointJson(point, options), null, indent).replaceAll("\n", line(2));
    yield `${i > 0 ? "," : ""}${line(2)}${text}`;
  }
  yield `${points.length > 0 ? line(1) : ""}${frame.slice(inside)}${line(0)}`;
}

/** How the points begin in a text that `toJson` made with an indent of 1, and how one of them ends. */
const opening = '\n "points": [';
const closing = "\n  }";

/** Parses the text of a summary.json, point by point. Text that `toJson` did not make is parsed as a whole. Throws SyntaxError. */
export async function parseJson(pieces: AsyncIterable<string>): Promise<unknown> {
  let text = "";
  let searched = 0;
  let head: string | undefined;
  const points: unknown[] = [];
  const found = (mark: string) => {
    const at = text.indexOf(mark, searched);
    searched = at < 0 ? Math.max(0, text.length - mark.length) : 0;
    return at;
  };
  const taken = (length: number) => {
    const part = text.slice(0, length);
    text = text.slice(length);
    return part;
  };
  for await (const piece of pieces) {
    text += piece;
    if (head === undefined) {
      const at = found(opening);
      if (at < 0) continue;
      head = taken(at + opening.length);
    }
    for (let end = found(closing); end >= 0; end = found(closing)) points.push(JSON.parse(taken(end + closing.length).replace(/^,/, "")));
  }
  const rest: { points?: unknown } = JSON.parse(`${head ?? ""}${text}`);
  return head === undefined ? rest : { ...rest, points };
}

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
