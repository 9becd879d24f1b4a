import { z } from "zod";
import { FieldError, show } from "./errors.ts";
import { type Integrator, integrators } from "./integrators.ts";
import { type Loss, losses } from "./losses.ts";
import { type Normalizer, normalizers } from "./normalizers.ts";
import { type LogitStart, logitStarts, type Target, targets, type ValueStart, valueStarts } from "./starts.ts";
import { longForm, record, shortKinds, suggestion, type Table } from "./table.ts";

/** Most runs of one ensemble: its rows of results are held in memory, 60 bytes a run from a device and 120 from the CPU engine. */
export const mostRuns = 2 ** 24;
/** Most steps of a run: step numbers are 32-bit, and the last is kept for "never". */
export const mostSteps = 2 ** 32 - 2;
/** Most numbers of all trajectories of one ensemble: some 300 MB as JSON. */
export const mostRecorded = 2 ** 24;
/** Most points of a grid. */
export const mostPoints = 10_000;

/** The specification of one ensemble: canonical, that is, every default filled in and every kind in its long form. */
export interface Point {
  name?: string;
  model: "value-softmax";
  /** n */
  tokens: number;
  /** d */
  dim: number;
  normalizer: Normalizer;
  loss: Loss;
  target: Target;
  values: ValueStart;
  logits: LogitStart;
  headStart?: { token: number; by: number };
  train: "both" | "values" | "logits";
  integrator: Integrator;
  until: { steps: number } | { time: number };
  polarizedAt: number;
  runs: number;
  seed: number;
  record: { trajectories: number; steps?: number[] };
}

/** The axes that can be written short (`loss: square`) or long (`loss: {kind: square}`). */
export const axes = {
  normalizer: { table: normalizers, initial: "softmax" },
  loss: { table: losses, initial: "logistic" },
  target: { table: targets, initial: "unit" },
  values: { table: valueStarts, initial: "gaussian" },
  logits: { table: logitStarts, initial: "offset" },
  integrator: { table: integrators, initial: "euler" },
} as const satisfies Record<string, { table: Table; initial: string }>;

export type Axis = keyof typeof axes;
export const isAxis = (key: string): key is Axis => Object.hasOwn(axes, key);

const count = (most: number) => z.int().min(1).max(most);

/** The fields of a specification, given how its axes are read. */
const fields = (axis: (name: Axis) => z.ZodType) => ({
  name: z.string().max(200).optional().describe("free text"),
  model: z.enum(["value-softmax"]).default("value-softmax"),
  tokens: z.int().min(2).max(4096).describe("n, the number of tokens"),
  dim: z.int().min(1).max(4096).optional().describe("d, the dimension of a value; default: tokens"),
  normalizer: axis("normalizer").describe("what turns logits into weights"),
  loss: axis("loss").describe("the loss of the output y = V p"),
  target: axis("target").describe("where the target β comes from"),
  values: axis("values").describe("the value matrix at the start"),
  logits: axis("logits").describe("the attention vector at the start"),
  headStart: record({ token: z.int().min(0).max(4095), by: z.number().min(-1e3).max(1e3) })
    .optional()
    .describe("added to one token's logit at the start; tokens count from 0"),
  train: z.enum(["both", "values", "logits"]).default("both").describe("what is trained; the other one is frozen"),
  integrator: axis("integrator").describe("how the flow is followed"),
  until: record({ steps: count(mostSteps).optional(), time: z.number().positive().max(1e15).optional() })
    .prefault({ steps: 10_000 })
    .describe("steps or flow time, one of them; a fixed step must divide the time"),
  polarizedAt: z.number().positive().max(1).default(0.9).describe("threshold on the sink's share"),
  runs: count(mostRuns).default(4096),
  seed: z.int().min(0).max(0xffffffff).default(1),
  record: record({
    trajectories: z.int().min(0).max(mostRuns).default(0).describe("of how many runs the trajectory is kept"),
    steps: z
      .array(z.int().min(0).max(mostSteps))
      .min(1)
      .max(100_000)
      .optional()
      .describe("after which steps; default: up to 64, logarithmic"),
  }).prefault({}),
});

const longAxis = (name: Axis) => longForm<Table>(axes[name].table).prefault({ kind: axes[name].initial } as never);
const pointSchema = record(fields(longAxis));

/** Every key a specification may have; the grid may vary all but `name` and `grid` itself. */
export const specificationKeys = [...Object.keys(pointSchema.shape), "grid"];

/** JSON Schema of what a user may write. */
export function jsonSchema(): object {
  const eitherForm = (name: Axis) => {
    const { table, initial } = axes[name];
    return z.union([z.enum(shortKinds(table) as [string]), longForm<Table>(table)]).default(initial);
  };
  const grid = z.record(z.string(), z.array(z.unknown()).min(1)).optional();
  const input = z.strictObject({
    ...fields(eitherForm),
    grid: grid.describe("the cartesian product of any keys above, also dotted, as in values.scale"),
  });
  return { title: "sinkflow specification", ...z.toJSONSchema(input, { io: "input" }) };
}

/** One line for what is wrong at an issue's path: what was expected, what came. */
function describe(issue: z.core.$ZodIssue, input: unknown): string {
  let got: unknown = input;
  for (const key of issue.path) got = (got as Record<PropertyKey, unknown> | undefined)?.[key];
  const missing = got === undefined;
  const end = missing ? "it is missing" : `got ${show(got)}`;
  switch (issue.code) {
    case "invalid_type": {
      const names: Record<string, string> = { int: "a whole number", record: "an object", object: "an object", array: "a list" };
      return `expected ${names[issue.expected] ?? `a ${issue.expected}`}, ${end}`;
    }
    case "invalid_value":
      return `expected one of ${issue.values.join(", ")}, ${end}${suggestion(got, issue.values.map(String))}`;
    case "too_small":
    case "too_big": {
      const small = issue.code === "too_small";
      const limit = small ? issue.minimum : issue.maximum;
      const relation = small ? (issue.inclusive ? "at least" : "more than") : issue.inclusive ? "at most" : "less than";
      const what = issue.origin === "array" ? " entries" : issue.origin === "string" ? " characters" : "";
      return `expected ${relation} ${limit}${what}, got ${Array.isArray(got) ? got.length : show(got)}`;
    }
    default:
      return issue.message;
  }
}

/** What zod found, as an error of this project: an unknown key before all else, since it may be what a missing one was meant to be. */
function fieldError(error: z.ZodError, input: unknown): FieldError {
  const issue = error.issues.find(({ code }) => code === "unrecognized_keys") ?? (error.issues[0] as z.core.$ZodIssue);
  if (issue.code === "unrecognized_keys") return new FieldError([...(issue.path as string[]), issue.keys[0] as string], issue.message);
  const axis = issue.path[0];
  const chosen = (input as Record<PropertyKey, unknown>)[axis as PropertyKey] as { kind?: unknown } | undefined;
  const badAxis = issue.code === "invalid_union" || (issue.code === "invalid_type" && issue.path.length === 1);
  if (badAxis && isAxis(String(axis))) {
    const kinds = Object.keys(axes[axis as Axis].table);
    const kind = typeof chosen === "object" && chosen !== null && "kind" in chosen ? chosen.kind : chosen;
    return new FieldError([axis as string], `expected one of ${kinds.join(", ")}, got ${show(kind)}${suggestion(kind, kinds)}`);
  }
  return new FieldError(issue.path as (string | number)[], describe(issue, input));
}

/**
 * One ensemble's canonical specification from what a user wrote (without `grid`).
 * Throws a FieldError that names the field, what was expected and what came.
 */
export function parsePoint(input: Record<string, unknown>): Point {
  const long = Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, isAxis(key) && typeof value === "string" ? { kind: value } : value]),
  );
  const parsed = pointSchema.safeParse(long, { reportInput: true });
  if (!parsed.success) throw fieldError(parsed.error, long);
  const { dim, ...rest } = parsed.data;
  const point = { ...rest, dim: dim ?? rest.tokens } as unknown as Point;
  checkTogether(point);
  return orderKeys(point);
}

/** What one field demands of another. */
function checkTogether(point: Point): void {
  const { tokens, dim, until, integrator, headStart } = point;
  if (headStart && headStart.token >= tokens)
    throw new FieldError(["headStart", "token"], `expected less than tokens, ${tokens}, got ${headStart.token}`);
  if (Object.keys(until).length !== 1) throw new FieldError(["until"], `expected steps or time, one of them, got ${show(until)}`);
  if ("time" in until) {
    const steps = until.time / integrator.step;
    // 1e-9: the quotient of two decimal numbers is off by a few float64 ulp, relative 1e-15, whatever the steps.
    if (Math.round(steps) < 1 || Math.abs(steps - Math.round(steps)) > 1e-9 * steps)
      throw new FieldError(["until", "time"], `expected a multiple of the step ${integrator.step}, got ${until.time}`);
    if (steps > mostSteps) throw new FieldError(["until", "time"], `expected at most ${mostSteps} steps, got ${steps}`);
  }
  if (point.values.kind === "given") {
    const { matrix } = point.values;
    if (matrix.length !== dim) throw new FieldError(["values", "matrix"], `expected dim = ${dim} rows, got ${matrix.length}`);
    matrix.forEach((row, k) => {
      if (row.length !== tokens) throw new FieldError(["values", "matrix", k], `expected tokens = ${tokens} numbers, got ${row.length}`);
    });
  }
  if (point.logits.kind === "given" && point.logits.vector.length !== tokens)
    throw new FieldError(["logits", "vector"], `expected tokens = ${tokens} numbers, got ${point.logits.vector.length}`);
  if (point.target.kind === "given" && point.target.vector.length !== dim)
    throw new FieldError(["target", "vector"], `expected dim = ${dim} numbers, got ${point.target.vector.length}`);
  const { trajectories, steps } = point.record;
  if (trajectories > point.runs)
    throw new FieldError(["record", "trajectories"], `expected at most runs, ${point.runs}, got ${trajectories}`);
  const entries = (2 * tokens + 3) * recordedSteps(point).length;
  if (trajectories * entries > mostRecorded)
    throw new FieldError(
      ["record", "trajectories"],
      `expected at most ${Math.floor(mostRecorded / entries)} at ${recordedSteps(point).length} recorded steps of ${tokens} tokens, got ${trajectories}`,
    );
  if (steps) {
    if (trajectories === 0) throw new FieldError(["record", "steps"], "expected record.trajectories of at least 1 with it, got 0");
    steps.forEach((step, i) => {
      if (i > 0 && step <= (steps[i - 1] as number))
        throw new FieldError(["record", "steps", i], `expected more than the one before, ${steps[i - 1]}, got ${step}`);
    });
    if ((steps.at(-1) as number) > stepsOf(point))
      throw new FieldError(["record", "steps"], `expected at most the run's ${stepsOf(point)} steps, got ${steps.at(-1)}`);
  }
}

const keyOrder = Object.keys(pointSchema.shape);
const orderKeys = (point: Point): Point =>
  Object.fromEntries(
    keyOrder.flatMap((key) => {
      const value = point[key as keyof Point];
      return value === undefined ? [] : [[key, value]];
    }),
  ) as unknown as Point;

/** How many steps a run takes to its end. */
export function stepsOf(point: Point): number {
  return "steps" in point.until ? point.until.steps : Math.round(point.until.time / point.integrator.step);
}

/** The steps after which trajectories are recorded: as given, or the start and up to 64 steps spread evenly in log. */
export function recordedSteps(point: Point): number[] {
  if (point.record.trajectories === 0) return [];
  if (point.record.steps) return point.record.steps;
  const last = stepsOf(point);
  const steps = Array.from({ length: 64 }, (_, i) => Math.round(last ** (i / 63)));
  return [...new Set([0, ...steps])];
}
