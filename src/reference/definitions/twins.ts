import {
  type AnyDefinition,
  definedLoss,
  definedNormalizer,
  type LossDefinition,
  type NormalizerDefinition,
  nameOf,
} from "../../model/definitions.ts";
import { SinkflowError } from "../../model/errors.ts";
import { dot } from "../linear.ts";
import { referenceLosses } from "../losses/index.ts";
import type { ReferenceLoss } from "../losses/loss.ts";
import { referenceNormalizers } from "../normalizers/index.ts";
import type { ReferenceNormalizer } from "../normalizers/normalizer.ts";

/** Writes what a function of a definition gave. Throws SinkflowError("input") where that is not as many numbers as it should be. */
function write(definition: AnyDefinition, what: string, given: ArrayLike<number>, out: Float64Array): void {
  if (given?.length !== out.length)
    throw new SinkflowError(
      "input",
      `${nameOf(definition)}: expected ${what} to give ${out.length} numbers, got ${given?.length ?? "none"}`,
    );
  out.set(given);
}

/** A loss of one's own as the reference has losses. */
export function lossTwin(definition: LossDefinition): ReferenceLoss {
  if (definition.aim === "output")
    return {
      value: (y, { target }) => definition.value(y, target),
      gradient: (y, { target }, out) => write(definition, "gradient", definition.gradient(y, target), out),
    };
  return {
    value: (y, { target }) => definition.value(dot(target, y)),
    gradient: (y, { target }, out) => {
      const slope = definition.slope(dot(target, y));
      for (let k = 0; k < y.length; k++) out[k] = slope * (target[k] as number);
    },
  };
}

/** A normalizer of one's own as the reference has normalizers. */
export const normalizerTwin = (definition: NormalizerDefinition): ReferenceNormalizer => ({
  forward: (a, _, p) => write(definition, "forward", definition.forward(a), p),
  pullback: (a, p, c, _, out) => write(definition, "pullback", definition.pullback(a, p, c), out),
});

/** The twin of a kind, of the table or defined. */
export function referenceLoss(kind: string): ReferenceLoss {
  const defined = definedLoss(kind);
  return defined ? lossTwin(defined.definition) : (referenceLosses[kind as keyof typeof referenceLosses] as ReferenceLoss);
}

export function referenceNormalizer(kind: string): ReferenceNormalizer {
  const defined = definedNormalizer(kind);
  return defined
    ? normalizerTwin(defined.definition)
    : (referenceNormalizers[kind as keyof typeof referenceNormalizers] as ReferenceNormalizer);
}
