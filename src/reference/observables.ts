import { none } from "../model/rows.ts";

/** What a run's weights say. Shares are |p_i|/Σ|p|; where Σ|p| = 0 there is no sink and the rest is NaN. */
export interface Shares {
  sink: number;
  sinkShare: number;
  /** 1 − sinkShare, summed from the other tokens. */
  shortfall: number;
  /** −Σ s log s, in nats, with 0·log 0 = 0. */
  entropy: number;
}

/** Index of the largest entry, the lowest on ties; `none` if `unique` is asked for and it is tied. */
export function leader(x: Float64Array, unique = false): number {
  let best = 0;
  let tied = false;
  for (let i = 1; i < x.length; i++) {
    if ((x[i] as number) > (x[best] as number)) {
      best = i;
      tied = false;
    } else if (x[i] === x[best]) tied = true;
  }
  return unique && tied ? none : best;
}

export function shares(weights: Float64Array): Shares {
  const magnitudes = weights.map(Math.abs);
  const sink = leader(magnitudes);
  let others = 0;
  for (let i = 0; i < magnitudes.length; i++) if (i !== sink) others += magnitudes[i] as number;
  const total = others + (magnitudes[sink] as number);
  if (total === 0) return { sink: none, sinkShare: Number.NaN, shortfall: Number.NaN, entropy: Number.NaN };
  const shortfall = others / total;
  let entropy = -(1 - shortfall) * Math.log1p(-shortfall);
  for (let i = 0; i < magnitudes.length; i++) {
    const s = (magnitudes[i] as number) / total;
    if (i !== sink && s > 0) entropy -= s * Math.log(s);
  }
  return { sink, sinkShare: (magnitudes[sink] as number) / total, shortfall, entropy };
}
