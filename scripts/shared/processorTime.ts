import { runWhole } from "../../src/ensemble/whole.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import type { Engine } from "../../src/model/result.ts";

type OfSteps = (steps: number) => Ensemble;
/** The steps between which a cost is measured. */
type Stretch = readonly [from: number, to: number];

const late: Stretch = [600, 2600];

/**
 * The processor time of all threads for one step of one run, in ns: the difference between a long ensemble and a short one. Unlike wall time it hardly depends
 * on the other load of the machine.
 */
export async function stepCost(engine: Engine, ofSteps: OfSteps, [from, to]: Stretch = late): Promise<number> {
  const processorTime = async (steps: number) => {
    const before = process.cpuUsage();
    const ensemble = ofSteps(steps);
    await runWhole(engine, ensemble);
    const { user, system } = process.cpuUsage(before);
    return (1000 * (user + system)) / ensemble.runs;
  };
  const short = await processorTime(from);
  return ((await processorTime(to)) - short) / (to - from);
}

/** Five of them, late in a run, in ascending order. */
export async function stepCosts(engine: Engine, ofSteps: OfSteps): Promise<number[]> {
  await runWhole(engine, ofSteps(late[0]));
  const costs: number[] = [];
  for (let i = 0; i < 5; i++) costs.push(await stepCost(engine, ofSteps));
  return costs.sort((a, b) => a - b);
}
