import { runWhole } from "../../src/ensemble/whole.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import type { Engine } from "../../src/model/result.ts";

const [early, late] = [600, 2000]; // steps

/**
 * The processor time of all threads for one step of one run, late in a run, in ns: the difference between a long ensemble and a short one, five times, in
 * ascending order. Unlike wall time it hardly depends on the other load of the machine.
 */
export async function stepCosts(engine: Engine, ofSteps: (steps: number) => Ensemble): Promise<number[]> {
  const processorTime = async (steps: number) => {
    const before = process.cpuUsage();
    const ensemble = ofSteps(steps);
    await runWhole(engine, ensemble);
    const { user, system } = process.cpuUsage(before);
    return (1000 * (user + system)) / ensemble.runs;
  };
  await processorTime(early);
  const costs: number[] = [];
  for (let i = 0; i < 5; i++) costs.push((-(await processorTime(early)) + (await processorTime(early + late))) / late);
  return costs.sort((a, b) => a - b);
}
