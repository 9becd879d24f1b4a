import { type AnyDefinition, definedTargets, type EndState, endNames, type LossDefinition } from "./definitions.ts";
import { exp, squared } from "./mathematics.ts";
import { normal, threefry, uniform } from "./random.ts";

/** How many states definitions are tried on. */
export const stateCount = 2048;
/** Numbers of an output and a target, and tokens: few, but more than the lanes of a run on a device that they are dealt over. */
export const stateDim = 6;

/** Spreads of the numbers of states; state s has the spread s mod 4. */
const spreads = [0.1, 1, 3, 10];
export const spreadCount = spreads.length;

/** Independent streams of random numbers: what the numbers of a state are for. */
const streams = { outputs: 1, targets: 2, logits: 3, pulls: 4, weights: 5, norms: 6, losses: 7 };

/** The same float32 numbers in every process. */
const drawn = (stream: number, state: number, of: (bits: number) => number): Float64Array =>
  Float64Array.from({ length: stateDim }, (_, k) => Math.fround(of(threefry([stream, 0], [state, k])[0])));

const spread = (state: number) => spreads[state % spreadCount] as number;

/** An output y and a target of the kind that a loss takes by default, of which every number is a float32. */
export function lossState({ target = definedTargets[0] }: LossDefinition, state: number): { y: Float64Array; beta: Float64Array } {
  const y = drawn(streams.outputs, state, (bits) => spread(state) * normal(bits));
  if (target === "distribution") {
    const weights = drawn(streams.targets, state, (bits) => exp(10 * uniform(bits)));
    const sum = weights.reduce((total, x) => total + x, 0);
    return { y, beta: weights.map((x) => Math.fround(x / sum)) };
  }
  const beta = drawn(streams.targets, state, normal);
  if (target === "gaussian") return { y, beta };
  const norm = Math.sqrt(beta.reduce((total, x) => total + squared(x), 0));
  return { y, beta: beta.map((x) => Math.fround(x / norm)) };
}

/** Logits a around 1, as they start, and a vector c, of which every number is a float32. */
export const normalizerState = (state: number): { a: Float64Array; c: Float64Array } => ({
  a: drawn(streams.logits, state, (bits) => 1 + spread(state) * normal(bits)),
  c: drawn(streams.pulls, state, normal),
});

/** The end of a run, of which every number is a float32; weights are shares. */
export function endState(state: number): EndState {
  const { a: logits, c: alignments } = normalizerState(state);
  const positive = (stream: number) => drawn(stream, state, (bits) => exp(spread(state) * normal(bits)));
  const weights = positive(streams.weights);
  const sum = weights.reduce((total, x) => total + x, 0);
  const [loss = 0] = positive(streams.losses);
  return { logits, weights: weights.map((x) => Math.fround(x / sum)), norms: positive(streams.norms), alignments, loss };
}

/** An end of numbers that stand one behind the other. */
export const endOfNumbers = (numbers: Float64Array): EndState => {
  const list = (at: number) => numbers.slice(at * stateDim, (at + 1) * stateDim);
  const [logits, weights, norms, alignments] = [list(0), list(1), list(2), list(3)];
  return { logits, weights, norms, alignments, loss: numbers[4 * stateDim] as number };
};

/** The numbers of a state, one behind the other: y and β, or a and c, or those of an end. */
export function stateInput(definition: AnyDefinition, state: number): Float64Array {
  const end = "name" in definition ? endState(state) : undefined;
  const parts = end
    ? endNames.map((name) => end[name])
    : Object.values("forward" in definition ? normalizerState(state) : lossState(definition as LossDefinition, state));
  return Float64Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...part])));
}
