/** The library for Node: the names of src/index.ts, with Dawn's WebGPU in a process of its own, and threads for the float64 reference. */
import { cpuEngine } from "./ensemble/cpu.ts";
import { engineHere, takes } from "./library/here.ts";
import { libraryOn, type Platform } from "./library/library.ts";
import { SinkflowError } from "./model/errors.ts";
import { importDefinitions, moduleAddress } from "./modules.ts";
import { memoryOfProcess, noAdapter, workerPool } from "./node.ts";
import { openRemoteEngine } from "./remote.ts";

export * from "./index.ts";

const node: Platform = {
  pool: () => workerPool(),
  async open({ engine: kind = "auto", gpu, device, adapter }, ensembles, pool) {
    const engine =
      kind === "cpu"
        ? undefined
        : gpu || device
          ? await engineHere({ ...(gpu && { gpu }), ...(device && { device }) })
          : await openRemoteEngine(adapter);
    if (engine && (kind === "webgpu" || takes(engine, ensembles))) return engine;
    if (kind === "webgpu")
      throw new SinkflowError("device", `engine: expected a WebGPU adapter, got ${noAdapter()}; the engine cpu needs none`);
    await engine?.close();
    return cpuEngine(pool, memoryOfProcess());
  },
  load: (address) => importDefinitions(moduleAddress(address)),
};

export const { simulate, simulateChunks, verify } = libraryOn(node);
