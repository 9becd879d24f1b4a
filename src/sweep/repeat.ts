import { DeviceFault, SinkflowError } from "../model/errors.ts";

/** Milliseconds before each repetition after a fault of a device: a driver may take a while to start again. */
const pausesMs = [0, 200, 1000];

/**
 * Does work on a device, and after a fault does it again, from its beginning: on the new device that an engine then opens, three times at
 * most; where the device has too little memory, as often as the engine can do with less. Throws SinkflowError("device") where it fails still.
 */
export async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let faults = 0; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DeviceFault)) throw error;
      if (error.wantsLess) continue;
      const pause = pausesMs[faults++];
      if (pause === undefined) throw new SinkflowError("device", `${error.message} (as after each of ${pausesMs.length} repetitions)`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
