import type { Ensemble } from "../model/ensemble.ts";
import { parseEnsemble } from "../model/specification.ts";
import type { SweepReport } from "../sweep/sweep.ts";

/** A number as text, all of its digits: `0.1`, `1e6`. */
export const exactly = (x: number): string => (Math.abs(x) >= 1e5 ? x.toExponential().replace("e+", "e") : String(x));

/**
 * The settings of a report's ensembles that all of them share and that are no defaults, as `normalizer.temperature 0.5`. Left out is
 * what `factsOf` says by itself: loss, shape, runs, the kind of integrator or optimizer, a fixed step or the learning rate, the end.
 */
export function settingsOf({ points }: SweepReport): string[] {
  const [first = new Map<string, string>(), ...others] = points.map(({ ensemble }) => changed(ensemble));
  return [...first].filter(([path, value]) => others.every((other) => other.get(path) === value)).map((setting) => setting.join(" "));
}

/** The settings of an ensemble that are not those it would have if nothing but what `factsOf` says were set. */
function changed(ensemble: Ensemble): Map<string, string> {
  const { name: _, runs: __, ...rest } = ensemble;
  const { model, tokens, dim, loss, integrator, optimizer, until } = ensemble;
  const { maxSteps: ___, converge: ____, ...end } = until as { maxSteps?: number; converge?: boolean };
  const step = integrator && "step" in integrator ? { step: integrator.step } : {};
  const method = optimizer
    ? { optimizer: { kind: optimizer.kind, learningRate: optimizer.learningRate } }
    : { integrator: { kind: integrator?.kind, ...step } };
  const usual = leaves(parseEnsemble({ model, tokens, dim, loss: loss.kind, ...method, until: end }));
  return new Map([...leaves(rest)].filter(([path, value]) => usual.get(path) !== value));
}

/** Every value in a tree, as text, by its dotted key; a kind by the key of its axis. */
function leaves(tree: object, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const path = key === "kind" ? prefix.slice(0, -1) : prefix + key;
    if (Array.isArray(value)) found.set(path, given(value, path));
    else if (typeof value === "object" && value !== null) for (const leaf of leaves(value, `${path}.`)) found.set(...leaf);
    else found.set(path, typeof value === "number" ? exactly(value) : String(value));
  }
  return found;
}

/** Names as they are. Of numbers that were given how they were read, and a checksum, by which others can be told from them. */
function given(numbers: readonly unknown[], path: string): string {
  if (typeof numbers[0] === "string") return numbers.join(", ");
  let hash = 0x811c9dc5; // FNV-1a, 32 bits
  for (const character of JSON.stringify(numbers)) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  const [row] = numbers;
  const shape = Array.isArray(row) ? `${numbers.length} × ${row.length}` : `${numbers.length} numbers`;
  const reading = path === "values.matrix" ? ", a column a token" : "";
  return `(${shape}${reading}, checksum ${hash.toString(16).padStart(8, "0")})`;
}
