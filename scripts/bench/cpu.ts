// What the CPU engine costs on one thread: processor time of a trial of a step at n = d = 8, with starts, what is recorded by default and rows, and of the
// elementary functions beside those of Math. Medians of eleven, the least in parentheses.   Repeat with: npm run script -- bench/cpu

import { performTask } from "../../src/ensemble/perform.ts";
import { exp, log } from "../../src/model/mathematics.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

/** Nanoseconds of processor time for one of what `work` counts, measured eleven times after one that is not counted. */
function costs(work: () => number): string {
  const sorted = Array.from({ length: 12 }, () => {
    const before = process.cpuUsage();
    const count = work();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1e3) / count;
  })
    .slice(1)
    .sort((a, b) => a - b);
  return `${(sorted[5] as number).toPrecision(3)} ns (${(sorted[0] as number).toPrecision(3)})`;
}

const euler = { runs: 64, integrator: { kind: "euler", step: 0.01 }, until: { steps: 2000 } };
const adaptive = { runs: 1024 };
for (const [name, specification] of Object.entries({
  "Euler, square": { ...euler, loss: "square" },
  "Euler, logistic": { ...euler, loss: "logistic" },
  "rk4, square": { ...euler, loss: "square", integrator: { kind: "rk4", step: 0.01 } },
  "tsit5, square": { ...adaptive, loss: "square" },
  "tsit5, logistic": { ...adaptive, loss: "logistic" },
})) {
  const ensemble = parseEnsemble({ tokens: 8, dim: 8, ...specification });
  const trials = () => {
    const { steps, rejected } = performTask({ kind: "simulate", ensemble, first: 0, count: ensemble.runs }).rows;
    let sum = 0;
    for (let run = 0; run < ensemble.runs; run++) sum += (steps[run] as number) + (rejected[run] as number);
    return sum;
  };
  console.log(`${name}: ${costs(trials)} a trial, ${(trials() / ensemble.runs).toFixed(1)} trials a run`);
}

const numbers = Float64Array.from({ length: 4096 }, (_, i) => (i + 1) / 5000);
for (const [name, f] of Object.entries({
  "exp(−x)": (x: number) => exp(-x),
  "Math.exp(−x)": (x: number) => Math.exp(-x),
  log,
  "Math.log": Math.log,
})) {
  const results = new Float64Array(numbers.length);
  const calls = () => {
    for (let turn = 0; turn < 20; turn++) for (let i = 0; i < numbers.length; i++) results[i] = f(numbers[i] as number);
    return 20 * numbers.length;
  };
  console.log(`${name}: ${costs(calls)} a call`);
}
