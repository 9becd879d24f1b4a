import { expect, it } from "vitest";
import { betaQuantile, incompleteBeta } from "../../src/statistics/beta.ts";

// p, a, b and the quantile, to 60 digits by mpmath 1.3: Newton's method on the continued fraction DLMF 8.17.22 with its loggamma.
const quantiles: [p: number, a: number, b: number, x: number][] = [
  [0.025, 1, 1, 0.025],
  [0.975, 2, 1, 0.9874208829065749],
  [0.025, 3, 5, 0.09898827844250786],
  [0.025, 63, 2, 0.9159896735656463],
  [0.975, 64, 1, 0.9996044874859493],
  [0.025, 100, 901, 0.08210533435558],
  [0.025, 1, 4096, 6.181086361921496e-6],
  [0.975, 2, 4095, 0.0013595056306871368],
  [0.025, 2048, 2049, 0.48457032117160403],
  [0.975, 4096, 1, 0.999993818913638],
  [0.975, 2, 999999, 5.571630655172243e-6],
  [0.025, 333333, 666668, 0.3324090481238326],
  [0.025, 1, 2147483647, 1.1789523063195012e-11],
  [0.975, 2, 2147483646, 2.5944986322907894e-9],
  [0.025, 2, 2147483646, 1.1278748451708213e-10],
  [0.025, 536870912, 1610612736, 0.24998168619588898],
  [0.975, 10001, 2147473647, 4.748791064784983e-6],
  [0.975, 1000001, 2146483647, 0.00046657466081411603],
  [0.05, 0.5, 0.5, 0.006155829702431137],
  [0.05, 1.0, 0.5, 0.0975],
  [0.05, 2.5, 0.5, 0.430741468138101],
  [0.05, 6.0, 0.5, 0.7165366054113815],
  [0.05, 30.5, 0.5, 0.938483275442699],
];

it("quantiles of the beta distribution are right to 1e-12, of a few runs and of two billion", () => {
  for (const [p, a, b, x] of quantiles) expect(Math.abs(betaQuantile(p, a, b) / x - 1), `${p} ${a} ${b}`).toBeLessThan(1e-12);
});

it("I_x(a, b) is a sum of a binomial's chances, far out in both tails", () => {
  const [n, x] = [30, 0.2];
  let chance = x ** n;
  let sum = 0;
  for (let a = n; a >= 1; a--) {
    sum += chance; // of a or more
    expect(Math.abs(incompleteBeta(x, a, n - a + 1) / sum - 1), String(a)).toBeLessThan(1e-12);
    chance *= (a * (1 - x)) / ((n - a + 1) * x);
  }
  expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
});
