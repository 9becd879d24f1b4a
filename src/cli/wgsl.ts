import { compose, programNames } from "../gpu/compose.ts";
import { traitsOf } from "../gpu/device.ts";
import { layOut } from "../gpu/layout.ts";
import { noTraits } from "../gpu/mapping.ts";
import type { Specification } from "../model/grid.ts";
import { findAdapter } from "../node.ts";

/** The composed programs of a specification, each once. How many lanes a run takes depends on the adapter, if there is one. */
export async function composedWgsl({ points }: Specification, adapterName: string | undefined, reduce: boolean): Promise<string> {
  const adapter = await findAdapter(adapterName);
  const limits = { maxStorageBufferBindingSize: Infinity, maxBufferSize: Infinity, ...(adapter ? traitsOf(adapter) : noTraits) };
  const programs = points.flatMap(({ ensemble }) => {
    const { mapping } = layOut(ensemble, limits, { reduce });
    return programNames.map((name) => compose(ensemble, name, mapping));
  });
  return [...new Set(programs)].join("\n");
}
