import type { Ensemble } from "../../src/model/ensemble.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

/** Every kind of an axis at its defaults, and with each numeric parameter halved in turn, so that no twin can ignore a parameter. */
export function variations(axis: "loss" | "normalizer", kinds: readonly string[]): Ensemble[] {
  return kinds.flatMap((kind) => {
    const initial = parseEnsemble({ tokens: 6, [axis]: kind });
    const halved = Object.entries(initial[axis]).flatMap(([name, value]) =>
      typeof value === "number" ? [parseEnsemble({ tokens: 6, [axis]: { ...initial[axis], [name]: value / 2 } })] : [],
    );
    return [initial, ...halved];
  });
}
