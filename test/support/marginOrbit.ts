/**
 * The flow of a margin loss under softmax in the margin's own clock, by its equations in 2n numbers: u' = ‖β‖² p, a' = p (u − p·u)
 * with u = Vᵀβ, m = p·u, and t = ∫ dτ / −ℓ′(m). Solved by classical Runge-Kutta steps and Simpson's rule, it shares no code with the
 * reference.
 */
export function marginOrbit(logits: ArrayLike<number>, pulls: ArrayLike<number>, square: number, slowness: (m: number) => number) {
  const n = logits.length;
  let state = [...Array.from(logits), ...Array.from(pulls)];
  const at = (x: number[], i: number) => x[i] as number;
  const weightsOf = (x: number[]) => {
    const e = x.slice(0, n).map((a) => Math.exp(a - Math.max(...x.slice(0, n))));
    const sum = e.reduce((s, y) => s + y, 0);
    return e.map((y) => y / sum);
  };
  const marginOf = (x: number[]) => weightsOf(x).reduce((sum, p, i) => sum + p * at(x, n + i), 0);
  const slope = (x: number[]) => {
    const p = weightsOf(x);
    const mean = marginOf(x);
    return [...p.map((q, i) => q * (at(x, n + i) - mean)), ...p.map((q) => q * square)];
  };
  const moved = (x: number[], k: number[], h: number) => x.map((y, i) => y + h * at(k, i));
  const step = (x: number[], h: number) => {
    const k1 = slope(x);
    const k2 = slope(moved(x, k1, h / 2));
    const k3 = slope(moved(x, k2, h / 2));
    const k4 = slope(moved(x, k3, h));
    return x.map((y, i) => y + (h / 6) * (at(k1, i) + 2 * at(k2, i) + 2 * at(k3, i) + at(k4, i)));
  };
  return {
    /** Follows the flow to a time of the clock in this number of steps. Returns the weights there, and log t. */
    to(end: number, steps: number): { weights: number[]; logTime: number } {
      const h = end / steps;
      const places = [marginOf(state)];
      for (let i = 0; i < 2 * steps; i++) {
        state = step(state, h / 2);
        places.push(marginOf(state));
      }
      const f = places.map(slowness); // log dt/dτ
      const most = Math.max(...f);
      const simpson = f.reduce((sum, x, i) => sum + Math.exp(x - most) * (i === 0 || i === 2 * steps ? 1 : i % 2 === 1 ? 4 : 2), 0);
      return { weights: weightsOf(state), logTime: most + Math.log((simpson * h) / 6) };
    },
  };
}

/** −log(−ℓ′(m)) of the losses for which it is written out on paper. (test/reference/gradients.test.ts goes over all losses of the margin.) */
export const slownessOf = {
  logistic: (m: number) => Math.max(m, 0) + Math.log1p(Math.exp(-Math.abs(m))),
  exponential: (m: number) => m,
} as const;

/** Vᵀβ of a start. */
export const pullsOf = ({ logits, values, target }: Record<"logits" | "values" | "target", ArrayLike<number>>): number[] =>
  Array.from({ length: logits.length }, (_, i) =>
    Array.from(target).reduce((sum, b, k) => sum + b * (values[k * logits.length + i] as number), 0),
  );

/**
 * The late law under softmax: 1 − p_sink → 2(n − 1)/(n ‖β‖² τ²). Late, u_sink is τ‖β‖² and every loser's p' = −τ‖β‖² p (p + ε) with ε their sum.
 */
export const lateShortfall = (tokens: number, clock: number, square = 1) => (2 * (tokens - 1)) / (tokens * square * clock ** 2);

/**
 * How far a run may be from the late law, relatively. A step has an error of rtol times a logit of up to 2 log τ, and at most half of it
 * is of one sign. Later steps damp it as τ⁻², so that the sum counts the steps of the last decade, of which there are some rtol^(−1/5).
 * Differences between losers go as τ^(−2/n) and enter by the mean of their squares, at first at most 4, over n. And u_sink lags behind τ by some n.
 */
export const lateTolerance = (tokens: number, clock: number, rtol: number) =>
  rtol ** 0.8 * Math.log(clock) + (4 * clock ** (-4 / tokens)) / tokens + (20 * tokens) / clock;

/** Starts from which the late law is tested. */
export const lateStarts = [
  {},
  { logits: "zero" },
  { values: { kind: "gaussian", scale: 1 } },
  { logits: { kind: "gaussian", scale: 1 } },
] as const;
