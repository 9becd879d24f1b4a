import { designOf, factorsOf } from "../model/design.ts";
import { type Ensemble, targetLength } from "../model/ensemble.ts";
import type { ReductionKind } from "../model/reductions.ts";
import { placed } from "./placed.ts";

/** The scale of the random part of a start, fixed part + scale · N(0, 1). */
export const startScales = ({ logits, values }: Ensemble) => ({
  LOGITS_SCALE: logits.kind === "offset" || logits.kind === "gaussian" ? logits.scale : 0,
  VALUES_SCALE: values.kind === "gaussian" ? values.scale : 0,
});

/** Where the parts of what all runs of a point share begin, BASE_…_AT in the shaders, and its length, in words. */
export function baseParts(ensemble: Ensemble, reduction: ReductionKind) {
  const { tokens: n, dim: d, loss } = ensemble;
  const m = targetLength(ensemble);
  const rank = reduction === "eigenbasis" ? Math.min(m, d) : 0;
  return placed({
    logits: n,
    values: n * d,
    target: m,
    design: loss.kind === "regression" && reduction === "none" ? m * d : 0,
    left: rank * m,
    right: rank * d,
    singular: rank,
  });
}

/**
 * What all runs share: the fixed part of a start, which is its logits (n), its values token by token (n × d) and its target, 0 where the
 * specification says nothing else; and the design of a regression, row by row, or its singular value decomposition.
 */
export function startBase(ensemble: Ensemble, reduction: ReductionKind): Float32Array<ArrayBuffer> {
  const { tokens: n, dim: d, logits, values, target, headStart } = ensemble;
  const { at: parts, words } = baseParts(ensemble, reduction);
  const base = new Float32Array(words);
  for (let i = 0; i < n; i++) {
    const a = logits.kind === "given" ? (logits.vector[i] as number) : logits.kind === "offset" ? logits.mean : 0;
    base[i] = a + (headStart?.token === i ? headStart.by : 0);
    for (let k = 0; k < d; k++) {
      const at = parts.values + i * d + k;
      if (values.kind === "given") base[at] = (values.matrix[k] as number[])[i] as number;
      if (values.kind === "identity" && i === k) base[at] = values.scale;
    }
  }
  if (target.kind === "given") base.set("design" in target ? target.response : target.vector, parts.target);
  if (reduction === "none") base.set(designOf(ensemble) ?? [], parts.design);
  if (reduction === "eigenbasis") {
    const { left = [], right = [], singular = [] } = factorsOf(ensemble) ?? {};
    for (const [k, column] of left.entries()) base.set(column, parts.left + k * column.length);
    for (const [k, column] of right.entries()) base.set(column, parts.right + k * column.length);
    base.set(singular, parts.singular);
  }
  return base;
}
