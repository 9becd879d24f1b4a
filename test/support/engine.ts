import type { Engine } from "../../src/model/result.ts";
import { openEngine } from "../../src/node.ts";

let engine: Promise<Engine> | undefined;

/** The WebGPU engine on the driver that the tests were started with. Fails where there is no driver. */
export const webgpu = (): Promise<Engine> => {
  engine ??= openEngine("webgpu").then((opened) => opened.engine);
  return engine;
};
