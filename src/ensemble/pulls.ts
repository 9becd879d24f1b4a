import { type Ensemble, endOf, hasClock } from "../model/ensemble.ts";
import { lossRow } from "../model/losses.ts";
import { exp } from "../model/mathematics.ts";
import { Field } from "../reference/field.ts";
import type { MarginLoss } from "../reference/losses/loss.ts";

/**
 * −∂L/∂m of a loss along a target of norm 1, as a function of m = β·y: −ℓ′(m) of a loss of the margin; of the square loss 1 − m, where y has
 * no other part. Undefined where neither is meant.
 */
function rateOf({ loss, target }: Ensemble, field: Field): ((margin: number) => number) | undefined {
  if (target.kind !== "unit") return undefined;
  if (lossRow(loss).falls) return (margin) => exp((field.loss as MarginLoss).logRate(margin));
  return loss.kind === "square" ? (margin) => 1 - margin : undefined;
}

const weightsOf = ({ normalizer, ensemble }: Field, logits: Float64Array): Float64Array => {
  const weights = new Float64Array(logits.length);
  normalizer.forward(logits, ensemble.normalizer, weights);
  return weights;
};

/** A field without data: of its parts only those are asked that need none. */
const fieldOf = (ensemble: Ensemble) => new Field(ensemble, { target: new Float64Array(0) });

/**
 * Makes of the logits and alignments −v_i·∇L of a run at its start the pulls u_i = β·v_i/‖β‖, in place of the alignments, for a target of norm 1. An
 * alignment is −ℓ′(m) u_i with m = Σ p_j u_j, which is solved for m; of the square loss it is u_i less v_i·y, which is left out.
 * Undefined where the loss is neither the square nor of the margin.
 */
export function pullsFrom(ensemble: Ensemble): ((logits: Float64Array, alignments: Float64Array) => void) | undefined {
  const field = fieldOf(ensemble);
  const rate = rateOf(ensemble, field);
  if (!rate) return undefined;
  if (!lossRow(ensemble.loss).falls) return () => {};
  return (logits, alignments) => {
    const weighted = weightsOf(field, logits).reduce((sum, p, i) => sum + p * (alignments[i] as number), 0);
    let margin = 0;
    for (let i = 0; i < 60; i++) margin = (margin + weighted / rate(margin)) / 2; // halved, so that it settles for large margins too
    for (let i = 0; i < alignments.length; i++) alignments[i] = (alignments[i] as number) / rate(margin);
  };
}

/** Relative to rates of the flow, and the sizes at which a difference of two tokens begins, and is no longer small. */
const [stepLength, [small, large]] = [0.02, [1e-9, 1e-4]];

/**
 * How much the pull of a token counts beside its logit for who leads at the end, to first order around equal tokens: the c of a_i + c·u_i,
 * with u_i = β·v_i/‖β‖ and ‖β‖ = 1. Found from the flow itself in float64, in the clock dτ = −ℓ′(m) dt and the coordinates a and u, where it is
 * a' = J(a)ᵀu and u' = σ(a): from equal tokens with no pull and one logit a little above the others, and from the same with one pull
 * a little above; c is the ratio of the differences of their weights at the end, or once they are no longer small.
 * For softmax c is 1, since the mode that grows is a + u; it is less where the margin ends the growth before.
 * Undefined where the loss is neither the square nor of the margin.
 */
export function pullWeight(ensemble: Ensemble): number | undefined {
  const field = fieldOf(ensemble);
  const rate = rateOf(ensemble, field);
  if (!rate || ensemble.optimizer) return undefined;
  const { tokens: n, logits, normalizer } = ensemble;
  const mean = "mean" in logits ? logits.mean : 0;
  const states = [0, n].map((raised) => {
    const state = new Float64Array(2 * n).fill(mean, 0, n);
    state[raised] = (state[raised] as number) + small;
    return state;
  });
  const slope = (state: Float64Array): Float64Array => {
    const [a, u] = [state.subarray(0, n), state.subarray(n)];
    const out = new Float64Array(2 * n);
    const weights = weightsOf(field, a);
    field.normalizer.pullback(a, weights, u, normalizer, out.subarray(0, n));
    out.set(weights, n);
    return out;
  };
  const lead = (state: Float64Array) => {
    const weights = weightsOf(field, state.subarray(0, n));
    return (weights[0] as number) - (weights[1] as number);
  };
  const marginOf = (state: Float64Array) =>
    weightsOf(field, state.subarray(0, n)).reduce((sum, p, i) => sum + p * (state[n + i] as number), 0);
  let [byLogit, byPull] = states as [Float64Array, Float64Array];
  const longest = (stepLength * small) / lead(byLogit); // a gain of g lets differences grow as e^(gτ)
  const end = endOf(ensemble);
  let [time, step] = [0, longest];
  while (step > longest / 1000 && Math.abs(lead(byLogit)) < large) {
    const [before, moved] = [rate(marginOf(byLogit)), advanced(byLogit, slope, step)];
    const after = rate(marginOf(moved));
    const passed = hasClock(ensemble) ? step : (step * (1 / before + 1 / after)) / 2;
    if (!(after > 0) || time + passed > end) {
      step /= 2;
      continue;
    }
    time += passed;
    byPull = advanced(byPull, slope, step);
    byLogit = moved;
  }
  return lead(byPull) / lead(byLogit);
}

/** One step of the classical Runge-Kutta method. */
function advanced(state: Float64Array, slope: (state: Float64Array) => Float64Array, h: number): Float64Array {
  const moved = (by: Float64Array, share: number) => state.map((x, i) => x + share * h * (by[i] as number));
  const k1 = slope(state);
  const k2 = slope(moved(k1, 0.5));
  const k3 = slope(moved(k2, 0.5));
  const k4 = slope(moved(k3, 1));
  return state.map((x, i) => x + (h * ((k1[i] as number) + 2 * (k2[i] as number) + 2 * (k3[i] as number) + (k4[i] as number))) / 6);
}
