import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import { parseSpecification } from "../model/grid.ts";
import { type LossKind, losses } from "../model/losses.ts";
import { type NormalizerKind, normalizers } from "../model/normalizers.ts";
import { type OptimizerKind, optimizerKinds, optimizerRow, optimizers } from "../model/optimizers.ts";
import { parseEnsemble } from "../model/specification.ts";
import { valueStarts } from "../model/starts.ts";
import { shortKinds } from "../model/table.ts";

export type Training = "flow" | OptimizerKind;

/** What the reader chooses: two ensembles that differ in the normalizer. */
export interface LabSettings {
  tokens: number;
  loss: LossKind;
  /** The normalizers that are compared. */
  left: NormalizerKind;
  right: NormalizerKind;
  /** What trains: the gradient flow, or an optimizer, step by step. */
  optimizer: Training;
  /** An optimizer's learning rate, how much of what it remembers stays at a step (see `memoryOf`), and its steps. */
  rate: number;
  memory: number;
  steps: number;
  /** Standard deviation of the noise that is added to an optimizer's targets. */
  noise: number;
  /** Weight decay λ, of values and of logits. */
  decay: number;
  /** Standard deviation of the values' entries at the start. */
  scale: number;
  /** Added to the logit of token 0 at the start. */
  head: number;
  seed: number;
  runs: number;
}

/** The kinds that can be chosen by their name alone. */
export const normalizerKinds = shortKinds(normalizers) as NormalizerKind[];
export const lossKinds = shortKinds(losses) as LossKind[];
export const trainings: readonly Training[] = ["flow", ...optimizerKinds];

/** The parameter of the memory of what trains, and its symbol; undefined where nothing is remembered. */
export const memoryOf = (training: Training) => (training === "flow" ? undefined : optimizerRow({ kind: training }).remembers);

/** ρ, how far an optimizer goes within its memory, by the sum of its learning rates. */
export const reachOf = ({ rate, memory }: Pick<LabSettings, "rate" | "memory">): number => Number((rate / (1 - memory)).toPrecision(6));

/** The ensemble of a specification that says `tokens: 8` and nothing else. */
export const defaultEnsemble = parseEnsemble({ tokens: 8 });

export const defaultSettings: LabSettings = {
  tokens: defaultEnsemble.tokens,
  loss: defaultEnsemble.loss.kind,
  left: defaultEnsemble.normalizer.kind,
  right: "sigmoid",
  optimizer: "flow",
  rate: 0.01,
  memory: 0.999,
  steps: 1000,
  noise: 0,
  decay: 0,
  scale: valueStarts.gaussian.parameters.scale.facts.initial as number,
  head: 0,
  seed: defaultEnsemble.seed,
  runs: defaultEnsemble.runs,
};
export const settingKeys = Object.keys(defaultSettings) as (keyof LabSettings)[];

/**
 * What the choice of an optimizer sets: what it remembers by default, no noise, and the rate of the defaults, by which an optimizer whose steps
 * have a length of their own gets to its end; one whose steps are as long as the gradient takes a larger one.
 */
export function settingsOf(optimizer: Training): Partial<LabSettings> {
  const { rate, memory, steps, noise } = defaultSettings;
  if (optimizer === "flow") return { optimizer, rate, memory, steps, noise };
  const parameter = memoryOf(optimizer)?.parameter;
  const own = parseEnsemble({ tokens: 2, optimizer: { kind: optimizer, learningRate: rate } }).optimizer as
    | Record<string, unknown>
    | undefined;
  return {
    optimizer,
    rate: optimizerRow({ kind: optimizer }).scaleFree ? rate : 0.5,
    memory: parameter ? (own?.[parameter] as number) : memory,
    steps,
    noise,
  };
}

/**
 * The settings that are numbers: the label of their field and its range, within what the schema allows. More than 64 tokens
 * can't be told apart in a figure, and more runs would keep the device from the browser.
 */
export const numberFields = {
  tokens: { label: "tokens", min: 2, max: 64, step: 1 },
  runs: { label: "runs", min: 1, max: 100_000, step: 1 },
  rate: { label: "learning rate", min: 0.0001, max: 10, step: 0.0001 },
  memory: { label: "memory", min: 0, max: 0.9999, step: 0.0001 },
  steps: { label: "steps", min: 1, max: 20_000, step: 1 },
  noise: { label: "label noise", min: 0, max: 10, step: 0.01 },
  decay: { label: "weight decay", min: 0, max: 1, step: 0.001 },
  scale: { label: "values' scale", min: 0, max: 10, step: 0.01 },
  head: { label: "head start", min: -2, max: 2, step: 0.01 },
  seed: { label: "seed", min: 0, max: 0xffffffff, step: 1 },
} as const;
export type NumberKey = keyof typeof numberFields;
/** Those that only an optimizer has. */
export const trainingKeys: readonly NumberKey[] = ["rate", "memory", "steps", "noise"];

/** The same ensembles as a specification for the command line: two, or one if both sides have the same normalizer. */
export function specificationOf(settings: LabSettings): Record<string, unknown> {
  const { tokens, loss, left, right, optimizer, decay, noise, scale, head, seed, runs } = settings;
  return {
    tokens,
    loss,
    ...(optimizer !== "flow" && optimizerOf(settings, optimizer)),
    ...(noise !== 0 && { noise: { kind: "label", scale: noise } }),
    ...(decay !== 0 && { decay: { values: decay, logits: decay } }),
    ...(scale !== defaultSettings.scale && { values: { kind: "gaussian", scale } }),
    ...(head !== 0 && { headStart: { token: 0, by: head } }),
    seed,
    runs,
    grid: { normalizer: left === right ? [left] : [left, right] },
  };
}

function optimizerOf({ rate, memory, steps }: LabSettings, kind: OptimizerKind): Record<string, unknown> {
  const remembered = Object.hasOwn(optimizers, kind) ? memoryOf(kind) : undefined;
  return { optimizer: { kind, learningRate: rate, ...(remembered && { [remembered.parameter]: memory }) }, until: { steps } };
}

/** The keys of the address, by the names that they have in the specification. */
const addressKeys: Record<string, string> = {
  "grid.normalizer": "left, right",
  "headStart.by": "head",
  "values.scale": "scale",
  "optimizer.learningRate": "rate",
  ...Object.fromEntries(optimizerKinds.flatMap((kind) => (memoryOf(kind) ? [[`optimizer.${memoryOf(kind)?.parameter}`, "memory"]] : []))),
  "optimizer.kind": "optimizer",
  "until.steps": "steps",
  "noise.scale": "noise",
  "decay.values": "decay",
};

/** The ensemble of each normalizer. Throws SinkflowError where the schema or the tab refuses the settings. */
export function ensemblesOf(settings: LabSettings): [left: Ensemble, right: Ensemble] {
  for (const key of ["tokens", "runs"] as const) {
    const { max } = numberFields[key];
    if (settings[key] > max)
      throw new SinkflowError("input", `${key}: expected at most ${max} in a tab, got ${show(settings[key])}; the command line takes more`);
  }
  const [left, right = left] = parsed(specificationOf(settings));
  if (!left || !right) throw new Error("a grid has a point");
  return [left.ensemble, right.ensemble];
}

/** The points of a specification. Its errors name the keys of the address. */
function parsed(specification: Record<string, unknown>) {
  try {
    return parseSpecification(specification).points;
  } catch (error) {
    if (!(error instanceof SinkflowError)) throw error;
    throw new SinkflowError(
      error.failure,
      Object.entries(addressKeys).reduce((text, [name, key]) => text.replace(name, key), error.message),
    );
  }
}

/** Experiments to begin with: what each shows is for its runs to say. */
export const namedExperiments: readonly { name: string; settings: Partial<LabSettings> }[] = [
  { name: "Softmax and sigmoid", settings: {} },
  { name: "Square loss", settings: { loss: "square" } },
  { name: "Sparsemax", settings: { left: "sparsemax", right: "softmax" } },
  { name: "A head start", settings: { head: 0.2 } },
  { name: "Adam's memory", settings: settingsOf("adam") },
  { name: "l1", settings: { left: "l1", right: "softmax" } },
];
