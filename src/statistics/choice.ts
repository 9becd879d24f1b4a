import { exp, log, squared } from "../model/mathematics.ts";
import { type Interval, normalWidth } from "./interval.ts";

/** A choice model of two quantities of tokens. It describes which tokens win, and says nothing of why. */
export interface ChoiceModel {
  runs: number;
  /** θ of the first and of the second quantity, with their standard errors. */
  coefficients: [number, number];
  errors: [number, number];
  /** The second coefficient over the first, with its 95 % interval by the delta method. */
  ratio: number;
  interval: Interval;
}

const maxIterations = 100;

/**
 * The conditional logit model (McFadden, Conditional logit analysis of qualitative choice behavior, 1974): token i of a run wins with the chance
 * e^(θ·x_i)/Σ e^(θ·x_j), where x has two quantities; θ of largest likelihood, by Newton's method.
 * @param quantities [quantity][token][run]
 * @param winners by run; undefined where none won, and the run is left out
 * Undefined where θ is not known: where one sum of the quantities names every winner, or nearly, θ or its error grows without bound.
 */
export function choiceModel(
  quantities: readonly [readonly ArrayLike<number>[], readonly ArrayLike<number>[]],
  winners: readonly (number | undefined)[],
): ChoiceModel | undefined {
  const [first, second] = quantities;
  const runs = winners.flatMap((winner, run) => (winner === undefined ? [] : [{ winner, run }]));
  const chances = new Float64Array(first.length);
  /** Log-likelihood, gradient, and the information matrix, at θ. */
  const at = (theta: readonly [number, number]) => {
    const sums = { likelihood: 0, gradient: [0, 0] as [number, number], information: [0, 0, 0] as [number, number, number] };
    const { gradient, information } = sums;
    for (const { winner, run } of runs) {
      const of = (i: number): [number, number] => [first[i]?.[run] as number, second[i]?.[run] as number];
      const utility = (i: number) => theta[0] * of(i)[0] + theta[1] * of(i)[1];
      let largest = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < chances.length; i++) largest = Math.max(largest, utility(i));
      let total = 0;
      for (let i = 0; i < chances.length; i++) total += chances[i] = exp(utility(i) - largest);
      let [meanX, meanY, xx, xy, yy] = [0, 0, 0, 0, 0];
      for (let i = 0; i < chances.length; i++) {
        const [[x, y], p] = [of(i), (chances[i] as number) / total];
        meanX += p * x;
        meanY += p * y;
        xx += p * x * x;
        xy += p * x * y;
        yy += p * y * y;
      }
      const [x, y] = of(winner);
      sums.likelihood += utility(winner) - largest - log(total);
      gradient[0] += x - meanX;
      gradient[1] += y - meanY;
      information[0] += xx - squared(meanX);
      information[1] += xy - meanX * meanY;
      information[2] += yy - squared(meanY);
    }
    return sums;
  };
  let theta: [number, number] = [0, 0];
  let current = at(theta);
  for (let i = 0; i < maxIterations; i++) {
    const [a, b, c] = current.information;
    const determinant = a * c - b * b;
    if (!(determinant > 0)) return undefined;
    const [g, h] = current.gradient;
    const step = [(c * g - b * h) / determinant, (a * h - b * g) / determinant] as const;
    let scale = 1;
    const moved = (): [number, number] => [theta[0] + scale * step[0], theta[1] + scale * step[1]];
    let next = at(moved());
    for (; next.likelihood < current.likelihood && scale > 1e-6; next = at(moved())) scale /= 2;
    theta = moved();
    const gain = next.likelihood - current.likelihood;
    current = next;
    if (gain < 1e-9) {
      const variance = [c / determinant, a / determinant] as const;
      if (!(Math.abs(theta[0]) > normalWidth * Math.sqrt(variance[0]))) return undefined;
      const ratio = theta[1] / theta[0];
      // ∂r/∂θ = (−r, 1)/θ₁, and the covariance is the inverse of the information.
      const spread = Math.sqrt((squared(ratio) * c + 2 * ratio * b + a) / determinant) / Math.abs(theta[0]);
      return {
        runs: runs.length,
        coefficients: theta,
        errors: [Math.sqrt(variance[0]), Math.sqrt(variance[1])],
        ratio,
        interval: [ratio - normalWidth * spread, ratio + normalWidth * spread],
      };
    }
  }
  return undefined;
}
