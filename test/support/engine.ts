import type { Engine } from "../../src/model/result.ts";
import { openEngine } from "../../src/node.ts";

// Tests compile many programs and dispatch each for few runs. Without LLVM's optimization passes lavapipe compiles one in three quarters of the time;
// programs of which a test runs the command line are compiled with them. Read by the driver when it is loaded.
Object.assign(process.env, { GALLIVM_PERF: "nopt" });

let engine: Promise<Engine> | undefined;

/** The WebGPU engine on the driver that the tests were started with. Fails where there is no driver. */
export const webgpu = (): Promise<Engine> => {
  engine ??= openEngine("webgpu").then((opened) => opened.engine);
  return engine;
};
