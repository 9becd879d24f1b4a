import { rankOf } from "./design.ts";
import { decaysValues, type Ensemble, noiseKind, targetLength } from "./ensemble.ts";
import { lossRow } from "./losses.ts";
import { models } from "./models.ts";
import { optimizerRow } from "./optimizers.ts";

/** The coordinates in which the values of an ensemble are followed. */
export interface Reduction {
  readonly kind: ReductionKind;
  /** How many coordinates. */
  readonly dim: number;
  /** How many numbers a run's data of the loss has in them. */
  readonly aimLength: number;
  /** The loss in these coordinates, by its file in shaders/losses. */
  readonly loss: string;
}

interface ReductionRow {
  /** How many coordinates; undefined where the reduction does not hold, or saves nothing. */
  readonly dim: (ensemble: Ensemble) => number | undefined;
  readonly aimLength: (dim: number) => number;
  /** Where the loss has another form in these coordinates. */
  readonly loss?: string;
}

/**
 * Exact reductions: where every gradient ∇L(y) lies in the span of the orthonormal rows of Q, V = V(0) + Qᵀ(W − W(0)) with W = Q V, and
 * it is enough to follow W. Runs have the same starts, steps and observables as in full, but for rounding.
 * Each is a file of shaders/reductions; the first row that holds is taken.
 */
const reductions = {
  /** Losses of the margin β·y: along β alone. */
  margin: { dim: ({ loss, dim }) => (lossRow(loss).margin && dim > 1 ? 1 : undefined), aimLength: (dim) => dim },
  /** Square loss: in the span of β and the values at the start. */
  span: { dim: ({ loss, dim, tokens }) => (loss.kind === "square" && dim > tokens + 1 ? tokens + 1 : undefined), aimLength: (dim) => dim },
  /** Regression: the eigenvectors of XᵀX, in which a gradient costs as many operations as X has singular values. */
  eigenbasis: {
    dim: ({ loss, target, dim }) => (loss.kind === "regression" && target.kind !== "given" ? rankOf(loss, dim) : undefined),
    aimLength: (dim) => dim + 1,
    loss: "eigenbasis",
  },
} as const satisfies Record<string, ReductionRow>;

export type ReductionKind = keyof typeof reductions | "none";

/** The reduction in which an ensemble is followed; `none` where none holds, or none is wanted. */
export function reductionOf(ensemble: Ensemble, wanted = true): Reduction {
  // An optimizer that treats each number by itself moves values outside this span, noise does too, and decay of values moves what is outside.
  const { optimizer } = ensemble;
  const holds = wanted && !decaysValues(ensemble) && !noiseKind(ensemble) && (optimizer === undefined || optimizerRow(optimizer).invariant);
  for (const [kind, row] of Object.entries(reductions) as [keyof typeof reductions, ReductionRow][]) {
    // In the model tied, values also move by the gradient of the logits, outside this span.
    const dim = holds && !models[ensemble.model].tied ? row.dim(ensemble) : undefined;
    if (dim !== undefined) return { kind, dim, aimLength: row.aimLength(dim), loss: row.loss ?? ensemble.loss.kind };
  }
  return { kind: "none", dim: ensemble.dim, aimLength: targetLength(ensemble), loss: ensemble.loss.kind };
}
