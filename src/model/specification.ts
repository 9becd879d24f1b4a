import * as z from "zod";
import { checkDraft, checkEnsemble } from "./checks.ts";
import { type Draft, defaultMaxSteps, defaultSteps, defaultTimes, withDefaults } from "./defaults.ts";
import { definedColumn, definedColumns, definitionsRevision } from "./definitions.ts";
import { type Ensemble, maxDim, maxOwnColumns, maxRecorded, maxRuns, maxStepCount, maxTimes, maxTokens } from "./ensemble.ts";
import { FieldError, show } from "./errors.ts";
import { integrators } from "./integrators.ts";
import { fallingLosses, type LossKind, losses, lossRow, lossTable } from "./losses.ts";
import { type Model, modelNames, models } from "./models.ts";
import { noises } from "./noise.ts";
import { normalizerTable } from "./normalizers.ts";
import { optimizers } from "./optimizers.ts";
import { schedules } from "./schedules.ts";
import { logitStarts, targets, valueStarts } from "./starts.ts";
import { longForm, record, suggestion, type Table } from "./table.ts";

/** The fields that can be written short (`loss: square`) or long (`loss: {kind: square}`). */
export const axes = {
  normalizer: { table: normalizerTable, initial: "softmax" },
  loss: { table: lossTable, initial: "logistic" },
  target: { table: () => targets.direction, initial: "unit" }, // of the default loss; see axisOf
  values: { table: () => valueStarts, initial: "gaussian" }, // of the default model; see axisOf
  logits: { table: () => logitStarts, initial: "offset" },
  integrator: { table: () => integrators, initial: "tsit5" }, // without an optimizer
  optimizer: { table: () => optimizers, initial: undefined },
  noise: { table: () => noises, initial: undefined },
} as const satisfies Record<string, { table: () => Table; initial: string | undefined }>;

export type Axis = keyof typeof axes;
export const isAxis = (key: string): key is Axis => Object.hasOwn(axes, key);

const whole = (min: number, max: number) => z.int().min(min).max(max);

/** The least time at which a run ends, or is recorded. */
const minTime = 1e-12;
const endTime = z.number().min(minTime).max(1e15).optional();

const lossKinds = Object.keys(losses) as LossKind[];

/** A text for each kind, with the kinds that share one together: "1e6 for logistic and exponential, 1e3 for square". */
function grouped<K extends string>(kinds: readonly K[], textOf: (kind: K) => string): string {
  const values = [...new Set(kinds.map(textOf))];
  return values.map((value) => `${value} for ${listed(kinds.filter((kind) => textOf(kind) === value))}`).join(", ");
}
const listed = (words: readonly string[]) => words.join(", ").replace(/, ([^,]*)$/, " and $1");
const power = (x: number) => x.toExponential().replace("+", "");

const decayed = z.number().min(0).max(1e3).default(0);

/** The fields of a specification, given the schema of each axis. */
export const fields = (axis: (name: Axis) => z.ZodType) => ({
  name: z.string().max(200).optional().describe("free text"),
  model: z
    .enum(modelNames)
    .default("value-softmax")
    .describe(modelNames.map((name) => `${name}: ${models[name].says}`).join("; ")),
  tokens: whole(2, maxTokens).describe("n, the number of tokens"),
  dim: whole(1, maxDim)
    .optional()
    .describe(
      `d, the dimension of a value; default: tokens, and nothing else with the model ${listed(modelNames.filter((name) => models[name].tied))}`,
    ),
  normalizer: axis("normalizer").describe("what turns logits into weights"),
  loss: axis("loss").describe("the loss of the output y = V p"),
  target: axis("target").describe("what the loss compares the output with; default by loss"),
  values: axis("values").describe(`the value matrix at the start; default: ${grouped(modelNames, (name) => models[name].values)}`),
  logits: axis("logits").describe("the attention vector a at the start"),
  headStart: record({ token: whole(0, maxTokens - 1), by: z.number().min(-1e3).max(1e3) })
    .optional()
    .describe("added to one token's logit at the start; tokens count from 0"),
  train: z.enum(["both", "values", "logits"]).default("both").describe("what is trained; the other one is frozen"),
  integrator: axis("integrator").describe("the method that integrates the flow"),
  optimizer: axis("optimizer").describe("in place of an integrator: training step by step"),
  decay: record({ values: decayed, logits: decayed })
    .prefault({})
    .describe("weight decay λ: ½λ‖·‖² of values and of logits is added to what is minimized; losses are without it"),
  noise: axis("noise").describe("normals drawn anew at every step, with an optimizer or a fixed step; losses are without them"),
  until: record({
    steps: whole(1, maxStepCount)
      .optional()
      .describe(`a number of steps, where the step is fixed; with an optimizer the only end, default ${defaultSteps}`),
    time: endTime.describe(`flow time, which a fixed step must divide; default: ${grouped(lossKinds, (kind) => power(losses[kind].time))}`),
    clock: endTime.describe(
      `in place of time, for ${listed(fallingLosses)} loss: the margin's own clock τ = ∫ −ℓ′ dt, late about the logarithm of flow time; then every time is τ`,
    ),
    maxSteps: whole(1, 1e9).optional().describe(`after how many accepted adaptive steps a run ends; default ${defaultMaxSteps}`),
    converge: z.boolean().optional().describe("whether a run with adaptive steps ends where its state no longer moves; default true"),
  })
    .prefault({})
    .describe("when a run ends: steps, time or clock, one of them"),
  polarizedAt: z.number().positive().max(1).default(0.9).describe("threshold on the sink's share"),
  runs: whole(1, maxRuns).default(4096),
  seed: whole(0, 0xffffffff).default(1),
  record: record({
    trajectories: whole(0, maxRecorded).default(0).describe("how many runs keep their trajectory, from the first on"),
    vectors: z.boolean().default(false).describe("whether the tables of runs also hold logits, weights and alignments of every token"),
    fragility: z
      .boolean()
      .default(false)
      .describe("whether the end of every run is disturbed: how far outputs move, and how often answers flip"),
    tippingTime: z.boolean().default(false).describe("whether the time is kept at which the largest share first exceeds 2/n"),
    lossAt: z.number().min(1e-30).max(1e30).optional().describe("a loss: the time is kept at which it first falls to it"),
    columns: z
      .array(
        z.string().refine((name) => definedColumn(name), {
          error: ({ input }) => {
            const names = definedColumns().map(({ definition }) => definition.name);
            const known = names.length > 0 ? `one of the columns that are defined, ${names.join(", ")}` : "a column that is defined";
            return `expected ${known}, got ${show(input)}${suggestion(input, names)}`;
          },
        }),
      )
      .min(1)
      .max(maxOwnColumns)
      .refine((names) => new Set(names).size === names.length, { error: "expected each column once" })
      .optional()
      .describe("names of columns of one's own, which a module of definitions has"),
    times: record({ from: z.number().min(minTime), to: z.number().min(minTime), count: whole(1, maxTimes) })
      .partial()
      .optional()
      .describe(
        `the times of trajectories and distributions: a logarithmic grid; default ${defaultTimes} from 0.01, or the first step, to the end`,
      ),
    steps: z
      .array(whole(0, maxStepCount))
      .min(1)
      .max(100_000)
      .optional()
      .describe(`steps in place of times, where the step is fixed; with more than ${maxTimes} no distributions over time are kept`),
  }).prefault({}),
});

/** The table of an axis and its default kind; the target's are the loss's, the values' default is the model's. */
function axisOf(name: Axis, { loss, model, trained }: Choice): { table: Table; initial: string | undefined } {
  if (name === "integrator" && trained) return { table: axes[name].table(), initial: undefined };
  if (name === "values") return { table: valueStarts, initial: models[model].values };
  if (name !== "target") return { table: axes[name].table(), initial: axes[name].initial };
  const { target, initialTarget } = lossRow({ kind: loss });
  const table = targets[target];
  return { table, initial: initialTarget ?? (Object.keys(table)[0] as string) };
}

/** What the tables and defaults of axes depend on. */
interface Choice {
  loss: string;
  model: Model;
  /** Whether there is an optimizer, in place of an integrator. */
  trained: boolean;
}

/** The model that an input chooses; the default one where it chooses none, or none that exists. */
export const modelOf = (input: Record<string, unknown>): Model => modelNames.find((name) => name === input["model"]) ?? "value-softmax";

/** A schema takes milliseconds to make, and most specifications need one: each is made when it is first needed. */
let schemas = { revision: definitionsRevision(), made: new Map<string, z.ZodObject>() };
function schemaOf(choice: Choice): z.ZodObject {
  if (schemas.revision !== definitionsRevision()) schemas = { revision: definitionsRevision(), made: new Map() };
  const key = `${choice.loss} ${choice.model} ${choice.trained}`;
  const longAxis = (name: Axis) => {
    const { table, initial } = axisOf(name, choice);
    return initial === undefined ? longForm<Table>(table).optional() : longForm<Table>(table).prefault({ kind: initial } as never);
  };
  const schema = schemas.made.get(key) ?? record(fields(longAxis));
  schemas.made.set(key, schema);
  return schema;
}
const fieldNames = Object.keys(fields(() => z.unknown()));

/** Every key that a specification may have; the grid may vary all but `name` and `grid` itself. */
export const specificationKeys = [...fieldNames, "grid"];

/** What was expected, and what came, in one line. */
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

/** What zod found, as an error of this project. An unknown key comes first: it may be a missing one, misspelled. */
function fieldError(error: z.ZodError, input: unknown, choice: Choice): FieldError {
  const issue = error.issues.find(({ code }) => code === "unrecognized_keys") ?? (error.issues[0] as z.core.$ZodIssue);
  if (issue.code === "unrecognized_keys") return new FieldError([...(issue.path as string[]), issue.keys[0] as string], issue.message);
  const axis = issue.path[0];
  if (issue.path[1] === "learningRate" && issue.path.length === 2 && issue.code.startsWith("invalid_")) return rateError(issue, input);
  const chosen = (input as Record<PropertyKey, unknown>)[axis as PropertyKey] as { kind?: unknown } | undefined;
  const badAxis = issue.code === "invalid_union" || (issue.code === "invalid_type" && issue.path.length === 1);
  if (badAxis && isAxis(String(axis))) {
    const kinds = Object.keys(axisOf(axis as Axis, choice).table);
    const kind = typeof chosen === "object" && chosen !== null && "kind" in chosen ? chosen.kind : chosen;
    const where = axis === "target" ? ` for ${choice.loss} loss` : "";
    return new FieldError([axis as string], `expected one of ${kinds.join(", ")}${where}, got ${show(kind)}${suggestion(kind, kinds)}`);
  }
  return new FieldError(issue.path as (string | number)[], describe(issue, input));
}

/** What is wrong with a learning rate that is neither a number nor a schedule, or a schedule with a wrong parameter. */
function rateError(issue: z.core.$ZodIssue, input: unknown): FieldError {
  const given = (input as { optimizer: { learningRate?: unknown } }).optimizer.learningRate;
  const kinds = Object.keys(schedules);
  const kind = (given as { kind?: unknown } | null | undefined)?.kind;
  const inner = issue.code === "invalid_union" && kinds.includes(String(kind)) ? issue.errors[1]?.[0] : undefined;
  const path = ["optimizer", "learningRate", ...((inner?.path ?? []) as string[])];
  if (inner) return new FieldError(path, describe({ ...inner, path } as z.core.$ZodIssue, input));
  const got = given === undefined ? "it is missing" : `got ${show(given)}`;
  return new FieldError(path, `expected a number or a schedule, {kind: ${kinds.join(" | ")}, from: …}, ${got}`);
}

/**
 * One ensemble's canonical specification from what a user wrote (without `grid`).
 * Throws a FieldError that names the field, what was expected and what came.
 */
export function parseEnsemble(input: Record<string, unknown>): Ensemble {
  const long = Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, isAxis(key) && typeof value === "string" ? { kind: value } : value]),
  );
  const chosen = (long["loss"] as { kind?: unknown } | undefined)?.kind;
  const loss = Object.keys(lossTable()).find((kind) => kind === chosen) ?? axes.loss.initial;
  const trained = long["optimizer"] !== undefined;
  if (trained && long["integrator"] !== undefined) throw new FieldError(["optimizer"], "expected an integrator or an optimizer, got both");
  const choice = { loss, model: modelOf(long), trained };
  const parsed = schemaOf(choice).safeParse(long, { reportInput: true });
  if (!parsed.success) throw fieldError(parsed.error, long, choice);
  const { dim, ...rest } = parsed.data;
  const draft = { ...rest, dim: dim ?? rest["tokens"] } as unknown as Draft;
  checkDraft(draft);
  const ensemble = withDefaults(draft);
  checkEnsemble(ensemble);
  const ordered = fieldNames.map((key) => [key, ensemble[key as keyof Ensemble]]);
  return Object.fromEntries(ordered.filter(([, value]) => value !== undefined)) as Ensemble;
}
