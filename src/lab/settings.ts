import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import { parseSpecification } from "../model/grid.ts";
import { type LossKind, losses } from "../model/losses.ts";
import { type NormalizerKind, normalizers } from "../model/normalizers.ts";
import { parseEnsemble } from "../model/specification.ts";
import { valueStarts } from "../model/starts.ts";
import { shortKinds } from "../model/table.ts";

/** What the reader chooses: two ensembles that differ in the normalizer. */
export interface LabSettings {
  tokens: number;
  loss: LossKind;
  /** The normalizers that are compared. */
  left: NormalizerKind;
  right: NormalizerKind;
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

/** The ensemble of a specification that says `tokens: 8` and nothing else. */
export const defaultEnsemble = parseEnsemble({ tokens: 8 });

export const defaultSettings: LabSettings = {
  tokens: defaultEnsemble.tokens,
  loss: defaultEnsemble.loss.kind,
  left: defaultEnsemble.normalizer.kind,
  right: "sigmoid",
  scale: valueStarts.gaussian.parameters.scale.parse(undefined),
  head: 0,
  seed: defaultEnsemble.seed,
  runs: defaultEnsemble.runs,
};
export const settingKeys = Object.keys(defaultSettings) as (keyof LabSettings)[];

/**
 * The settings that are numbers: the label of their field and its range, within what the schema allows. More than 64 tokens
 * can't be told apart in a figure, and more runs would keep the device from the browser.
 */
export const numberFields = {
  tokens: { label: "tokens", min: 2, max: 64, step: 1 },
  runs: { label: "runs", min: 1, max: 100_000, step: 1 },
  scale: { label: "values' scale", min: 0, max: 10, step: 0.01 },
  head: { label: "head start", min: -2, max: 2, step: 0.01 },
  seed: { label: "seed", min: 0, max: 0xffffffff, step: 1 },
} as const;
export type NumberKey = keyof typeof numberFields;

/** The same ensembles as a specification for the command line: two, or one if both sides have the same normalizer. */
export const specificationOf = ({ tokens, loss, left, right, scale, head, seed, runs }: LabSettings): Record<string, unknown> => ({
  tokens,
  loss,
  ...(scale !== defaultSettings.scale && { values: { kind: "gaussian", scale } }),
  ...(head !== 0 && { headStart: { token: 0, by: head } }),
  seed,
  runs,
  grid: { normalizer: left === right ? [left] : [left, right] },
});

/** The keys of the address, by the names that they have in the specification. */
const addressKeys: Record<string, string> = { "grid.normalizer": "left, right", "headStart.by": "head", "values.scale": "scale" };

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
  { name: "l1", settings: { left: "l1", right: "softmax" } },
];
