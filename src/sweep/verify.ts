import type { Pool } from "../ensemble/perform.ts";
import type { Ensemble } from "../model/ensemble.ts";
import type { Examined } from "../verification/findings.ts";
import type { FollowedPortion } from "./follow.ts";

/** Has the pool compare the sampled runs of each portion of a part with the reference. */
export const verifyPortions = (pool: Pool, portions: readonly FollowedPortion[], ensembles: readonly Ensemble[]): Promise<Examined[][]> =>
  Promise.all(
    portions.map(async ({ point, samples }) => {
      // A task a thread can take at a time, so that no thread ends long before the others.
      const size = Math.max(1, Math.ceil(samples.length / (4 * pool.size)));
      const tasks = Array.from({ length: Math.ceil(samples.length / size) }, (_, i) => samples.slice(i * size, (i + 1) * size));
      const ensemble = ensembles[point] as Ensemble;
      return (await Promise.all(tasks.map((some) => pool.perform({ kind: "examine", ensemble, samples: some })))).flat();
    }),
  );
