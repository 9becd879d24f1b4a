import type { Point } from "../model/specification.ts";

/** How far each part of the start is random: fixed part + scale · N(0, 1), and a target that may be made a unit vector. */
export interface StartScales {
  logits: number;
  values: number;
  target: number;
  unitTarget: boolean;
}

export function startScales({ logits, values, target }: Point): StartScales {
  return {
    logits: logits.kind === "offset" || logits.kind === "gaussian" ? logits.scale : 0,
    values: values.kind === "gaussian" ? values.scale : 0,
    target: target.kind === "given" ? 0 : 1,
    unitTarget: target.kind === "unit",
  };
}

/**
 * The fixed part of every run's start: logits (n), then the values token by token (n × d), then the target (d).
 * All zero but for what is given, an offset, an identity or a head start.
 */
export function startBase(point: Point): Float32Array<ArrayBuffer> {
  const { tokens: n, dim: d, logits, values, target, headStart } = point;
  const base = new Float32Array(n + n * d + d);
  for (let i = 0; i < n; i++) {
    const a = logits.kind === "given" ? (logits.vector[i] as number) : logits.kind === "offset" ? logits.mean : 0;
    base[i] = a + (headStart?.token === i ? headStart.by : 0);
    for (let k = 0; k < d; k++) {
      const at = n + i * d + k;
      if (values.kind === "given") base[at] = (values.matrix[k] as number[])[i] as number;
      if (values.kind === "identity" && i === k) base[at] = values.scale;
    }
  }
  if (target.kind === "given") base.set(target.vector, n + n * d);
  return base;
}
