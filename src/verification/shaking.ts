import type { Ensemble } from "../model/ensemble.ts";
import { isAdaptive } from "../model/integrators.ts";
import { log } from "../model/mathematics.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { type Evaluation, Field } from "../reference/field.ts";
import { copyInto } from "../reference/linear.ts";
import { largestOf, valueNorms } from "../reference/observables.ts";
import type { State } from "../reference/state.ts";
import { moveAll, randomSigns, ulp } from "./random.ts";
import { leastFloat } from "./range.ts";

/** How often a state is shaken. The largest of eight changes of random sign is below 0.3 standard deviations once in 10⁵ times. */
const draws = 8;

/**
 * By how much numbers are shaken: some ulp, and √(n + d) more for the sums in which they are added. A change of random signs stands for one that has the
 * worst signs. It is not the change that is multiplied, since near its least a loss grows as its square.
 */
export const amplitudeOf = ({ tokens, dim }: Ensemble): number => (4 + Math.sqrt(tokens + dim)) * ulp;
/** The same for errors of the size of the tolerances: the error of a step is well inside them, that of many may add up. */
export const toleranceMultiple = 4;

/** What is asked of a state, evaluated. */
type See<T> = (here: Evaluation) => T;

/** A device may take what is below float32's range for 0. */
const lost = (x: number, least: number): number => (Math.abs(x) < least ? 0 : x);

/**
 * What is seen of a state where rounding is: its numbers, the weights, the output and the gradient are each moved by some ulp up
 * or down, a weight by as many more as its exponential loses: ½|log(p/p_max)|. Gradient, weights and what these are before they are divided by a sum also lose what is
 * below float32's range.
 */
export function byRounding<T>(ensemble: Ensemble, state: State, seed: number, see: See<T>): T[] {
  return Array.from({ length: draws }, (_, i) => {
    const sign = randomSigns(draws * seed + i);
    const shake = shakeOf(ensemble, sign);
    const design = state.design && shake(state.design);
    const shaken: State = {
      logits: shake(state.logits),
      values: shake(state.values),
      target: shake(state.target),
      ...(design && { design }),
      ...(state.run !== undefined && { run: state.run }),
    };
    const parts = shakenParts(ensemble, shaken, sign);
    return see(new Field(ensemble, shaken, parts).at(shaken));
  });
}

/** Moves every number by some ulp up or down, relatively. */
const shakeOf =
  (ensemble: Ensemble, sign: () => number) =>
  (x: Float64Array): Float64Array => {
    const amplitude = amplitudeOf(ensemble);
    return x.map((y) => y * (1 + sign() * amplitude));
  };

/** The normalizer and the loss of an ensemble with rounding in what they compute, as `byRounding` says. */
export function shakenParts(ensemble: Ensemble, state: State, sign: () => number): Pick<Field, "normalizer" | "loss"> {
  const { normalizer, loss } = new Field(ensemble, state);
  const amplitude = amplitudeOf(ensemble);
  const output = new Float64Array(ensemble.dim);
  /** What the loss is given. */
  const shaken = (y: Float64Array) => {
    copyInto(output, y);
    moveAll(output, sign, amplitude);
    return output;
  };
  return {
    normalizer: {
      forward(a, chosen, p) {
        normalizer.forward(a, chosen, p);
        const divisor = normalizerRow(chosen).denominator?.(a) ?? 1;
        const least = leastFloat / Math.min(1, Math.abs(divisor));
        const largest = largestOf(p);
        for (let i = 0; i < p.length; i++) {
          const x = p[i] as number;
          if (x !== 0) p[i] = lost(x * (1 + sign() * amplitude * (1 - 0.5 * log(Math.abs(x) / largest))) + sign() * least, least);
        }
      },
      pullback(a, p, c, chosen, out) {
        normalizer.pullback(a, p, c, chosen, out);
        // What is lost of each of n terms of the sum that it divides by.
        const lostPart = (a.length * leastFloat) / Math.abs(normalizerRow(chosen).denominator?.(a) ?? 1);
        if (lostPart > ulp) moveAll(out, sign, Math.min(1, lostPart));
      },
    },
    loss: {
      ...loss,
      value: (y, data, chosen) => loss.value(shaken(y), data, chosen),
      gradient(y, data, out, chosen) {
        loss.gradient(shaken(y), data, out, chosen);
        moveAll(out, sign, amplitude);
        for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) + sign() * leastFloat;
      },
    },
  };
}

/**
 * What is seen of a state that is off by some times what the tolerances of adaptive steps allow in one step; nothing at fixed steps.
 * @param least some numbers are off by this part of it only
 */
export function byTolerance<T>(ensemble: Ensemble, state: State, seed: number, see: See<T>, least = 1): T[] {
  const { integrator, train, tokens: n, dim: d } = ensemble;
  if (!isAdaptive(integrator)) return [];
  const tolerance = (x: number) => toleranceMultiple * (integrator.atol + integrator.rtol * Math.abs(x));
  // The error norm is a root mean square over all that is trained. Where the error is in the logits alone, or in the values, each of these may be off by more.
  const trained = { logits: train === "values" ? 0 : n, values: train === "logits" ? 0 : n * d };
  const share = (part: keyof typeof trained) => Math.sqrt((trained.logits + trained.values) / trained[part]);
  // Its scales: of a logit by itself, of an entry of a value by the root mean square of this value. What is frozen has no error.
  const logitErrors = trained.logits > 0 ? state.logits.map((x) => share("logits") * tolerance(x)) : undefined;
  const valueErrors =
    trained.values > 0 ? valueNorms(state.values, n).map((norm) => share("values") * tolerance(norm / Math.sqrt(d))) : undefined;
  const field = new Field(ensemble, state);
  return Array.from({ length: draws }, (_, i) => {
    const signs = randomSigns(draws * seed + i);
    const sign = () => signs() * (least < 1 && signs() < 0 ? least : 1);
    const logits = state.logits.map((x, at) => x + sign() * (logitErrors?.[at] ?? 0));
    const values = state.values.slice();
    if (valueErrors)
      for (let row = 0; row < values.length; row += n)
        for (let j = 0; j < n; j++) values[row + j] = (values[row + j] as number) + sign() * (valueErrors[j] as number);
    return see(field.at({ ...state, logits, values }));
  });
}
