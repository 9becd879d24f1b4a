import type { Pool } from "../ensemble/perform.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Sample } from "../model/samples.ts";
import type { Examined } from "../verification/findings.ts";

/** Runs that a task compares, at most. */
const maxTask = 8;

/** Has the pool compare sampled runs of an ensemble with the reference. */
export async function verifySamples(pool: Pool, ensemble: Ensemble, samples: readonly Sample[]): Promise<Examined[]> {
  // So few in a task that no thread ends long before the others, nor long after an interruption.
  const size = Math.max(1, Math.min(maxTask, Math.ceil(samples.length / (4 * pool.size))));
  const tasks = Array.from({ length: Math.ceil(samples.length / size) }, (_, i) => samples.slice(i * size, (i + 1) * size));
  return (await Promise.all(tasks.map((some) => pool.perform({ kind: "examine", ensemble, samples: some })))).flat();
}
