import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import { parseSpecification } from "../model/grid.ts";
import { type LossKind, losses } from "../model/losses.ts";
import { type NormalizerKind, normalizers } from "../model/normalizers.ts";
import { parseEnsemble } from "../model/specification.ts";
import { valueStarts } from "../model/starts.ts";
import { shortKinds } from "../model/table.ts";

/** What the reader chooses, and what the address of the page holds: two ensembles that differ in the normalizer. */
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
const keys = Object.keys(defaultSettings) as (keyof LabSettings)[];

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

/** Characters after the # of an address that is read, at most. */
const maxAddressLength = 500;

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

/** The settings that the part of an address from # on holds; those that it leaves out have their defaults. Throws SinkflowError. */
export function readAddress(fragment: string): LabSettings {
  const text = fragment.replace(/^#/, "");
  if (text.length > maxAddressLength)
    throw new SinkflowError("input", `expected at most ${maxAddressLength} characters behind #, got ${text.length}`);
  const settings: Record<string, unknown> = { ...defaultSettings };
  for (const [key, value] of new URLSearchParams(text)) {
    if (!Object.hasOwn(defaultSettings, key))
      throw new SinkflowError("input", `unknown key ${show(key)}; expected one of ${keys.join(", ")}`);
    const isNumber = Object.hasOwn(numberFields, key) && /^-?\d{1,12}(\.\d{1,12})?(e[+-]?\d{1,3})?$/.test(value);
    settings[key] = isNumber ? Number(value) : value;
  }
  ensemblesOf(settings as unknown as LabSettings); // throws where a value is refused
  return settings as unknown as LabSettings;
}

/** The part of an address after the #: the settings that differ from the defaults. */
export function writeAddress(settings: LabSettings): string {
  const said = keys.filter((key) => settings[key] !== defaultSettings[key]).map((key): [string, string] => [key, String(settings[key])]);
  return new URLSearchParams(said).toString();
}
