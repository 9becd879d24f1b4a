import type { Ensemble } from "../model/ensemble.ts";
import type { Sample } from "../model/samples.ts";
import { drawStart } from "../reference/start.ts";
import type { NumberFinding } from "./findings.ts";
import { ulp } from "./random.ts";

/**
 * What the device drew beside what the reference draws: bits are equal, a normal is good to 4 ulp. A target is divided by a norm or a sum
 * of d terms, or is an exponential of a number up to 10, good to 3 + 2·10 ulp.
 */
export function drawnFindings(ensemble: Ensemble, sample: Sample): NumberFinding[] {
  const exact = drawStart(ensemble, sample.run);
  const { logits, headStart, dim } = ensemble;
  const shift = (logits.kind === "offset" ? Math.abs(logits.mean) : 0) + Math.abs(headStart?.by ?? 0);
  return (["logits", "values", "target"] as const).flatMap((name) => {
    const allowed = (x: number) => {
      const terms = Math.abs(x) + (name === "logits" ? 2 * shift : 0);
      return (name === "target" ? 32 + dim : 8) * ulp * terms + 2 ** -126;
    };
    let worst = { used: -1, at: 0 };
    exact[name].forEach((x, at) => {
      const used = Math.abs((sample[name][at] as number) - x) / allowed(x);
      if (!(used <= worst.used)) worst = { used, at };
    });
    if (worst.used < 0) return [];
    const x = exact[name][worst.at] as number;
    return [{ at: "drawn", name, got: sample[name][worst.at] as number, exact: x, size: Math.abs(x), movement: 0, floor: allowed(x) }];
  });
}
