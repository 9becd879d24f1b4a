import type { Engine } from "../model/result.ts";
import { composeReadable, programNames } from "./compose.ts";
import { canCount, checkAll, type Limits, layOut } from "./layout.ts";

/** What a WebGPU engine tells of an ensemble by the limits of its device alone, wherever the device is. */
export const structureWithin = (limits: Limits): Required<Pick<Engine, "check" | "kernels" | "countsRuns">> => ({
  check: (ensembles, options) => checkAll(ensembles, limits, options),
  // A driver on the CPU has rows in the host's memory as it is, and the host counts them as fast.
  countsRuns: (ensemble) => limits.isGpu && canCount(ensemble, limits),
  kernels(ensemble, options) {
    const { mapping } = layOut(ensemble, limits, options);
    return { programs: programNames.map((name) => composeReadable(ensemble, name, mapping)), lanesPerRun: mapping.lanes.count };
  },
});
