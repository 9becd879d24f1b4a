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
import { anything, flag, list, number, read, record, type Shape, text, whole, word } from "./shape.ts";
import { logitStarts, targets, valueStarts } from "./starts.ts";
import { suggestion } from "./suggestion.ts";
import { longForm, type Table } from "./table.ts";

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

/** The least time at which a run ends, or is recorded. */
const minTime = 1e-12;
const endTime = number(minTime, 1e15).optional();

const lossKinds = Object.keys(losses) as LossKind[];

/** A text for each kind, with the kinds that share one together: "1e6 for logistic and exponential, 1e3 for square". */
function grouped<K extends string>(kinds: readonly K[], textOf: (kind: K) => string): string {
  const values = [...new Set(kinds.map(textOf))];
  return values.map((value) => `${value} for ${listed(kinds.filter((kind) => textOf(kind) === value))}`).join(", ");
}
const listed = (words: readonly string[]) => words.join(", ").replace(/, ([^,]*)$/, " and $1");
const power = (x: number) => x.toExponential().replace("+", "");

const decayed = number(0, 1e3).default(0);

function columnFault(name: string): string | undefined {
  if (definedColumn(name)) return undefined;
  const names = definedColumns().map(({ definition }) => definition.name);
  const known = names.length > 0 ? `one of the columns that are defined, ${names.join(", ")}` : "a column that is defined";
  return `expected ${known}, got ${show(name)}${suggestion(name, names)}`;
}

/** The fields of a specification, given the shape of each axis. */
export const fields = (axis: (name: Axis) => Shape) => ({
  name: text(200).optional().says("free text"),
  model: word(modelNames)
    .default("value-softmax")
    .says(modelNames.map((name) => `${name}: ${models[name].says}`).join("; ")),
  tokens: whole(2, maxTokens).says("n, the number of tokens"),
  dim: whole(1, maxDim)
    .optional()
    .says(
      `d, the dimension of a value; default: tokens, and nothing else with the model ${listed(modelNames.filter((name) => models[name].tied))}`,
    ),
  normalizer: axis("normalizer").says("what turns logits into weights"),
  loss: axis("loss").says("the loss of the output y = V p"),
  target: axis("target").says("what the loss compares the output with; default by loss"),
  values: axis("values").says(`the value matrix at the start; default: ${grouped(modelNames, (name) => models[name].values)}`),
  logits: axis("logits").says("the attention vector a at the start"),
  headStart: record({ token: whole(0, maxTokens - 1), by: number(-1e3, 1e3) })
    .optional()
    .says("added to one token's logit at the start; tokens count from 0"),
  train: word(["both", "values", "logits"]).default("both").says("what is trained; the other one is frozen"),
  integrator: axis("integrator").says("the method that integrates the flow"),
  optimizer: axis("optimizer").says("in place of an integrator: training step by step"),
  decay: record({ values: decayed, logits: decayed })
    .default({})
    .says("weight decay λ: ½λ‖·‖² of values and of logits is added to what is minimized; losses are without it"),
  noise: axis("noise").says("normals drawn anew at every step, with an optimizer or a fixed step; losses are without them"),
  until: record({
    steps: whole(1, maxStepCount)
      .optional()
      .says(`a number of steps, where the step is fixed; with an optimizer the only end, default ${defaultSteps}`),
    time: endTime.says(`flow time, which a fixed step must divide; default: ${grouped(lossKinds, (kind) => power(losses[kind].time))}`),
    clock: endTime.says(
      `in place of time, for ${listed(fallingLosses)} loss: the margin's own clock τ = ∫ −ℓ′ dt, late about the logarithm of flow time; then every time is τ`,
    ),
    maxSteps: whole(1, 1e9).optional().says(`after how many accepted adaptive steps a run ends; default ${defaultMaxSteps}`),
    converge: flag().optional().says("whether a run with adaptive steps ends where its state no longer moves; default true"),
  })
    .default({})
    .says("when a run ends: steps, time or clock, one of them"),
  polarizedAt: number(undefined, 1).above(0).default(0.9).says("threshold on the sink's share"),
  runs: whole(1, maxRuns).default(4096),
  seed: whole(0, 0xffffffff).default(1),
  record: record({
    trajectories: whole(0, maxRecorded).default(0).says("how many runs keep their trajectory, from the first on"),
    vectors: flag().default(false).says("whether the tables of runs also hold logits, weights and alignments of every token"),
    fragility: flag().default(false).says("whether the end of every run is disturbed: how far outputs move, and how often answers flip"),
    tippingTime: flag().default(false).says("whether the time is kept at which the largest share first exceeds 2/n"),
    lossAt: number(1e-30, 1e30).optional().says("a loss: the time is kept at which it first falls to it"),
    columns: list(text().fault(columnFault), 1, maxOwnColumns)
      .fault((names) => (new Set(names).size === names.length ? undefined : "expected each column once"))
      .optional()
      .says("names of columns of one's own, which a module of definitions has"),
    times: record({ from: number(minTime).optional(), to: number(minTime).optional(), count: whole(1, maxTimes).optional() })
      .optional()
      .says(
        `the times of trajectories and distributions: a logarithmic grid; default ${defaultTimes} from 0.01, or the first step, to the end`,
      ),
    steps: list(whole(0, maxStepCount), 1, 100_000)
      .optional()
      .says(`steps in place of times, where the step is fixed; with more than ${maxTimes} no distributions over time are kept`),
  }).default({}),
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

/** Most specifications need one shape: each is made when it is first needed. */
let shapes = { revision: definitionsRevision(), made: new Map<string, Shape<Record<string, unknown>>>() };
function shapeOf(choice: Choice): Shape<Record<string, unknown>> {
  if (shapes.revision !== definitionsRevision()) shapes = { revision: definitionsRevision(), made: new Map() };
  const key = `${choice.loss} ${choice.model} ${choice.trained}`;
  const longAxis = (name: Axis) => {
    const { table, initial } = axisOf(name, choice);
    const shape = longForm<Table>(table, name === "target" ? ` for ${choice.loss} loss` : "");
    return initial === undefined ? shape.optional() : shape.default({ kind: initial });
  };
  const shape = shapes.made.get(key) ?? record(fields(longAxis));
  shapes.made.set(key, shape);
  return shape;
}
const fieldNames = Object.keys(fields(anything));

/** Every key that a specification may have; the grid may vary all but `name` and `grid` itself. */
export const specificationKeys = [...fieldNames, "grid"];

/**
 * One ensemble's canonical specification from what a user wrote (without `grid`).
 * Throws a FieldError that names the field, what was expected and what came.
 */
export function parseEnsemble(input: Record<string, unknown>): Ensemble {
  const long: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(input)) long[key] = isAxis(key) && typeof value === "string" ? { kind: value } : value;
  const chosen = (long["loss"] as { kind?: unknown } | undefined)?.kind;
  const loss = Object.keys(lossTable()).find((kind) => kind === chosen) ?? axes.loss.initial;
  const trained = long["optimizer"] !== undefined;
  if (trained && long["integrator"] !== undefined) throw new FieldError(["optimizer"], "expected an integrator or an optimizer, got both");
  const choice = { loss, model: modelOf(long), trained };
  const { dim, ...rest } = read(shapeOf(choice), long);
  const draft = { ...rest, dim: dim ?? rest["tokens"] } as unknown as Draft;
  checkDraft(draft);
  const ensemble = withDefaults(draft);
  checkEnsemble(ensemble);
  const ordered: Record<string, unknown> = {};
  for (const key of fieldNames) if (ensemble[key as keyof Ensemble] !== undefined) ordered[key] = ensemble[key as keyof Ensemble];
  return ordered as unknown as Ensemble;
}
