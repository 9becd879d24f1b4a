// Run-steps per second of the Euler flow under softmax and square loss, from timing.simulateMs: medians of five after one
// that compiles.   Repeat with: node scripts/with-driver.mjs --driver lavapipe npm run script -- bench/euler
import { openEngine, parsePoint } from "../../src/node.ts";

const { engine } = await openEngine("webgpu");
console.log(`${engine.adapter?.description}; 16,384 runs, softmax, square loss, Euler`);
for (const [tokens, dim, steps] of [
  [8, 8, 2000],
  [16, 8, 1000],
  [16, 16, 500],
] as const) {
  const point = parsePoint({ tokens, dim, loss: "square", integrator: { kind: "euler", step: 0.01 }, until: { steps }, runs: 16_384 });
  const rates: number[] = [];
  for (let i = 0; i < 6; i++) rates.push((point.runs * steps) / (await engine.run(point)).timing.simulateMs / 1000);
  const sorted = rates.slice(1).sort((a, b) => a - b);
  console.log(
    `n = ${tokens}, d = ${dim}, ${steps} steps: ${sorted[2]?.toFixed(1)} M run-steps/s (${sorted[0]?.toFixed(1)} to ${sorted[4]?.toFixed(1)})`,
  );
}
process.exit(0);
