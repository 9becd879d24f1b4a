import { SinkflowError, show } from "../model/errors.ts";
import { parseSpecification } from "../model/grid.ts";
import type { LossKind } from "../model/losses.ts";
import type { NormalizerKind } from "../model/normalizers.ts";
import type { Point } from "../model/point.ts";

/** What the page is about, and what its address says. */
export interface Experiment {
  tokens: number;
  loss: LossKind;
  /** The normalizers that are compared. */
  left: NormalizerKind;
  right: NormalizerKind;
  /** Standard deviation of the values' entries at the start. */
  scale: number;
  /** Added to the logit of token 0. */
  head: number;
  seed: number;
  runs: number;
}

export const initial: Experiment = {
  tokens: 8,
  loss: "logistic",
  left: "softmax",
  right: "sigmoid",
  scale: 0.1,
  head: 0,
  seed: 1,
  runs: 4096,
};
type Key = keyof Experiment;
const keys = Object.keys(initial) as Key[];

/** What a tab takes of what the schema allows: pictures of more tokens can't be read, and more runs keep a device from the page. */
export const most = { tokens: 64, runs: 100_000 } as const;
/** Longest address that is looked at, in characters behind the #. */
const longest = 500;

/** The same experiment for the command line. */
export const specificationOf = ({ tokens, loss, left, right, scale, head, seed, runs }: Experiment): Record<string, unknown> => ({
  tokens,
  loss,
  ...(scale !== initial.scale && { values: { kind: "gaussian", scale } }),
  ...(head !== 0 && { headStart: { token: 0, by: head } }),
  seed,
  runs,
  grid: { normalizer: [left, right] },
});

/** What the schema calls the keys of an address. */
const schemaNames: Record<string, string> = { "grid.normalizer": "left, right", "headStart.by": "head", "values.scale": "scale" };

/** One ensemble for each normalizer; throws SinkflowError as every specification that is not one. */
export function pointsOf(experiment: Experiment): [left: Point, right: Point] {
  for (const key of ["tokens", "runs"] as const)
    if (experiment[key] > most[key])
      throw new SinkflowError(
        "input",
        `${key}: expected at most ${most[key]} in a tab, got ${show(experiment[key])}; the command line takes more`,
      );
  const [left, right] = parsed(specificationOf(experiment));
  if (!left || !right) throw new Error("a grid of two normalizers has two points");
  return [left.point, right.point];
}

/** The points of a specification; in what it throws, keys are called as in the address. */
function parsed(specification: Record<string, unknown>) {
  try {
    return parseSpecification(specification).points;
  } catch (error) {
    if (!(error instanceof SinkflowError)) throw error;
    throw new SinkflowError(
      error.failure,
      Object.entries(schemaNames).reduce((text, [name, key]) => text.replace(name, key), error.message),
    );
  }
}

/** What an address says behind its #; keys that it leaves out have their initial values. Throws SinkflowError. */
export function readAddress(fragment: string): Experiment {
  const text = fragment.replace(/^#/, "");
  if (text.length > longest) throw new SinkflowError("input", `expected at most ${longest} characters behind #, got ${text.length}`);
  const experiment: Record<string, unknown> = { ...initial };
  for (const [key, value] of new URLSearchParams(text)) {
    if (!Object.hasOwn(initial, key)) throw new SinkflowError("input", `unknown key ${show(key)}; expected one of ${keys.join(", ")}`);
    const isNumber = typeof initial[key as Key] === "number" && /^-?\d{1,12}(\.\d{1,12})?(e[+-]?\d{1,3})?$/.test(value);
    experiment[key] = isNumber ? Number(value) : value;
  }
  pointsOf(experiment as unknown as Experiment); // throws at what is not allowed
  return experiment as unknown as Experiment;
}

/** What stands behind the # for an experiment: what differs from the initial one. */
export function writeAddress(experiment: Experiment): string {
  const said = keys.filter((key) => experiment[key] !== initial[key]).map((key): [string, string] => [key, String(experiment[key])]);
  return new URLSearchParams(said).toString();
}
