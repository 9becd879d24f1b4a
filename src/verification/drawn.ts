import type { Ensemble } from "../model/ensemble.ts";
import type { Sample } from "../model/samples.ts";
import { drawStart } from "../reference/start.ts";
import { mostUsed, type NumberFinding } from "./findings.ts";
import { ulp } from "./random.ts";
import { leastFloat } from "./range.ts";

/** A scale below float32's range may be taken for 0, and with it a multiple of it by a normal, which is below 7. */
const leastDrawn = 7 * leastFloat;

/**
 * What the device drew beside what the reference draws: bits are equal, a normal is good to 4 ulp. A target is divided by a norm or a sum
 * of d terms, or is an exponential of a number up to 10, good to 3 + 2·10 ulp.
 */
export function drawnFindings(ensemble: Ensemble, sample: Sample): NumberFinding[] {
  const exact = drawStart(ensemble, sample.run);
  const { logits, headStart, dim } = ensemble;
  const shift = (logits.kind === "offset" ? Math.abs(logits.mean) : 0) + Math.abs(headStart?.by ?? 0);
  return (["logits", "values", "target"] as const).flatMap((name) => {
    const floor = (x: number) => {
      const terms = Math.abs(x) + (name === "logits" ? 2 * shift : 0);
      return (name === "target" ? 32 + dim : 8) * ulp * terms + leastDrawn;
    };
    const drawn = [...exact[name]].map((x, i): NumberFinding => {
      return { at: "drawn", name, got: sample[name][i] as number, exact: x, size: Math.abs(x), movement: 0, floor: floor(x) };
    });
    return mostUsed(drawn) ?? [];
  });
}
