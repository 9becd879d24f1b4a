import { type Ensemble, endOf, noiseKind, stepsOf, untilMoment } from "../model/ensemble.ts";
import { models } from "../model/models.ts";
import { isSound } from "../model/status.ts";
import { Field } from "../reference/field.ts";
import { simulate } from "../reference/simulate.ts";
import { drawStart } from "../reference/start.ts";
import { copyOf, type Flowing, type State } from "../reference/state.ts";
import { moveAll, randomSigns } from "../verification/random.ts";
import { changeTrained } from "../verification/replays.ts";

/** The tolerance of the run that is followed, and the relative size of its disturbances. Rounding, up to 4096·2⁻⁵³ a sum, is below it. */
const tolerance = 1e-12;

/** No two tokens that are alike differ by more at the start, relative to the largest token. */
const nearby = 1e-9;

/** A run is followed where the value matrix has at most so many numbers, and for so many steps: three such runs take a second or two. */
const maxValues = 2 ** 16;
const stepsFor = (numbers: number) => Math.max(16, Math.min(64, Math.floor(2 ** 20 / numbers)));

/**
 * The tokens to which the flow gives the same share as to another token, where logits and values begin the same in every run: those that
 * begin with the logit and the value of another one, bit for bit; and those that a symmetry of the flow takes to another one, as where
 * coordinates are permuted with tokens. Rounding breaks such a symmetry. A symmetry of the start is one of the flow at all times. So the first steps of the first run are followed in float64: as it is,
 * and twice with every number disturbed after every step, in opposite ways. Two tokens are alike if their weights differ by no more than the
 * disturbances move this difference. Noise of the gradient makes all tokens differ; others keep only equal ones alike. (With drawn targets one run tells of all: a symmetry that only some targets have would be a coincidence.)
 */
export function alike(ensemble: Ensemble): number[] {
  const { tokens: n, dim: d } = ensemble;
  const noise = noiseKind(ensemble);
  if (noise === "gradient") return [];
  const start = drawStart(ensemble, 0);
  const found = models[ensemble.model].tied ? new Set<number>() : twins(start, n, d);
  if (noise || n * d > maxValues) return [...found];
  const partnersOf = partners(ensemble, start);
  const open = [...start.logits.keys()].filter((i) => !found.has(i) && partnersOf(i).length > 0);
  if (open.length === 0) return [...found];
  const followed: Ensemble = ensemble.optimizer
    ? { ...ensemble, until: { steps: Math.min(stepsOf(ensemble) as number, stepsFor(n * d)) } }
    : {
        ...ensemble,
        integrator: { kind: "tsit5", rtol: tolerance, atol: tolerance },
        until: untilMoment(ensemble, endOf(ensemble), stepsFor(n * d)),
      };
  const follow = (size: number) => {
    const { row, vectors } = simulate(followed, { ...start, ...copyOf(start) }, { disturb: disturbance(ensemble, size) });
    return isSound(row.status) ? [vectors.weights] : [];
  };
  const [[weights], moved] = [follow(0), [tolerance, -tolerance].flatMap(follow)];
  if (!weights) return [...found];
  const gap = (p: Float64Array, i: number, j: number) => (p[i] as number) - (p[j] as number);
  const isAlike = (i: number, j: number) => moved.some((p) => Math.abs(gap(p, i, j) - gap(weights, i, j)) >= Math.abs(gap(weights, i, j)));
  return [...found, ...open.filter((i) => partnersOf(i).some((j) => isAlike(i, j)))];
}

/** Tokens that begin with the logit and the value of another one, bit for bit. */
function twins({ logits, values }: Flowing, n: number, d: number): Set<number> {
  const compare = (i: number, j: number) => {
    let difference = (logits[i] as number) - (logits[j] as number);
    for (let k = 0; difference === 0 && k < d; k++) difference = (values[k * n + i] as number) - (values[k * n + j] as number);
    return difference;
  };
  const order = Array.from({ length: n }, (_, i) => i).sort(compare);
  return new Set(order.flatMap((i, at) => (at > 0 && compare(order[at - 1] as number, i) === 0 ? [order[at - 1] as number, i] : [])));
}

/** The tokens that may be alike with a token: those of its logit and alignment at the start, for weights that stay equal have equal slopes. */
function partners(ensemble: Ensemble, state: State): (token: number) => number[] {
  const { logits, pull } = new Field(ensemble, state).at(state);
  const near = (numbers: Float64Array) => {
    const within = nearby * numbers.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
    return (i: number, j: number) => Math.abs((numbers[i] as number) - (numbers[j] as number)) <= within;
  };
  const [nearLogit, nearAlignment] = [near(logits), near(pull)];
  return (i) => [...logits.keys()].filter((j) => j !== i && nearLogit(i, j) && nearAlignment(i, j));
}

/** Changes every trained number by `size` up or down at random, relatively. The opposite size changes it in the opposite way. */
function disturbance(ensemble: Ensemble, size: number): (state: State) => void {
  const sign = randomSigns(0);
  return (state) => changeTrained(ensemble, state, (x) => moveAll(x, sign, size));
}
