// What exact sums cost beside sums in float64 and beside quantiles: milliseconds a million numbers, the least of 25 by turns.
// Repeat with: npm run script -- bench/exactSums
import { Distribution, type Numbers } from "../../src/statistics/distribution.ts";
import { ExactSum } from "../../src/statistics/exactSum.ts";

const count = 1e6;
const rows = Uint32Array.from({ length: count }, (_, i) => i);
let kept = 0;
const ways: Record<string, (numbers: Numbers) => void> = {
  "a sum in float64": (numbers) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += numbers[i] as number;
    kept += sum;
  },
  "an exact sum": (numbers) => {
    const sum = new ExactSum();
    for (let i = 0; i < count; i++) sum.add(numbers[i] as number);
    kept += sum.result();
  },
  "a distribution in bins": (numbers) => {
    const distribution = new Distribution(false);
    distribution.add(numbers, rows);
    kept += distribution.quantiles()?.median as number;
  },
  "a distribution of held numbers": (numbers) => {
    const distribution = new Distribution(true);
    distribution.add(numbers, rows);
    kept += distribution.quantiles()?.median as number;
  },
};
for (const [name, Type] of Object.entries({ float32: Float32Array, float64: Float64Array })) {
  const numbers: Numbers = new Type(count);
  for (let i = 0; i < count; i++) numbers[i] = 10 ** (-6 * Math.random());
  const times = Object.keys(ways).map((): number[] => []);
  for (let turn = 0; turn < 25; turn++)
    for (const [i, way] of Object.values(ways).entries()) {
      const began = performance.now();
      way(numbers);
      times[i]?.push(performance.now() - began);
    }
  for (const [i, way] of Object.keys(ways).entries()) {
    const ms = Math.min(...(times[i] as number[]));
    console.log(`${name}, ${way}: ${ms.toFixed(1)} ms`);
  }
}
if (Number.isNaN(kept)) throw new Error("a sum is no number");
