import type { Ensemble } from "../model/ensemble.ts";
import { parseEnsemble } from "../model/specification.ts";
import type { SweepReport } from "../sweep/sweep.ts";
import { listName } from "./format.ts";

/** A number as text, all of its digits: `0.1`, `1e6`. */
export const exactly = (x: number): string => (Math.abs(x) >= 1e5 ? x.toExponential().replace("e+", "e") : String(x));

/**
 * The settings that all of a report's ensembles share and that are no defaults of each, as `normalizer.temperature 0.5`. Left out is
 * what `factsOf` says by itself: loss, shape, runs, the kind of integrator or optimizer, a fixed step or the learning rate, the end.
 */
export function settingsOf({ points }: SweepReport): string[] {
  const shared = new Map<string, string>();
  const changed = new Set<string>();
  for (const [i, { ensemble }] of points.entries()) {
    const { name: _, runs: __, ...rest } = ensemble;
    const own = leaves(rest);
    const usual = usualOf(ensemble);
    if (i === 0) for (const setting of own) shared.set(...setting);
    for (const [path, value] of shared) {
      if (own.get(path) !== value) shared.delete(path);
      else if (usual.get(path) !== value) changed.add(path);
    }
  }
  return [...shared].filter(([path]) => changed.has(path)).map((setting) => setting.join(" "));
}

/** The settings that an ensemble would have if nothing but what `factsOf` says were set. */
function usualOf({ model, tokens, dim, loss, integrator, optimizer, until }: Ensemble): Map<string, string> {
  const { maxSteps: _, converge: __, ...end } = until as { maxSteps?: number; converge?: boolean };
  const step = integrator && "step" in integrator ? { step: integrator.step } : {};
  const method = optimizer
    ? { optimizer: { kind: optimizer.kind, learningRate: optimizer.learningRate } }
    : { integrator: { kind: integrator?.kind, ...step } };
  return leaves(parseEnsemble({ model, tokens, dim, loss: loss.kind, ...method, until: end }));
}

/** Every value in a tree, as text, by its dotted key; a kind by the key of its axis. */
function leaves(tree: object, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const path = key === "kind" ? prefix.slice(0, -1) : prefix + key;
    if (Array.isArray(value)) found.set(path, listName(value, path === "values.matrix" ? ", a column a token" : ""));
    else if (typeof value === "object" && value !== null) for (const leaf of leaves(value, `${path}.`)) found.set(...leaf);
    else found.set(path, typeof value === "number" ? exactly(value) : String(value));
  }
  return found;
}
