import { designOf } from "../model/design.ts";
import { type Point, targetLength } from "../model/point.ts";

/** How far each part of the start is random: fixed part + scale · N(0, 1). */
export interface StartScales {
  logits: number;
  values: number;
}

export function startScales({ logits, values }: Point): StartScales {
  return {
    logits: logits.kind === "offset" || logits.kind === "gaussian" ? logits.scale : 0,
    values: values.kind === "gaussian" ? values.scale : 0,
  };
}

/**
 * The fixed part of every run's start: logits (n), then the values token by token (n × d), then the target; and after these a
 * regression's design, row by row. All zero but for what is given, an offset, an identity or a head start, and the design.
 */
export function startBase(point: Point): Float32Array<ArrayBuffer> {
  const { tokens: n, dim: d, logits, values, target, headStart } = point;
  const design = designOf(point) ?? [];
  const targetAt = n + n * d;
  const base = new Float32Array(targetAt + targetLength(point) + design.length);
  for (let i = 0; i < n; i++) {
    const a = logits.kind === "given" ? (logits.vector[i] as number) : logits.kind === "offset" ? logits.mean : 0;
    base[i] = a + (headStart?.token === i ? headStart.by : 0);
    for (let k = 0; k < d; k++) {
      const at = n + i * d + k;
      if (values.kind === "given") base[at] = (values.matrix[k] as number[])[i] as number;
      if (values.kind === "identity" && i === k) base[at] = values.scale;
    }
  }
  if (target.kind === "given") base.set("design" in target ? target.response : target.vector, targetAt);
  base.set(design, targetAt + targetLength(point));
  return base;
}
