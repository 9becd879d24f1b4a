// A process that has a WebGPU device for another one (src/remote.ts): what Dawn and drivers print stays in it, and where a driver ends
// it, the other one lives on.
import { findAdapter, openDawnEngine } from "./dawn.ts";
import { describeAdapter, traitsOf } from "./gpu/device.ts";
import { hold } from "./model/definitions.ts";
import { DeviceFault, SinkflowError } from "./model/errors.ts";
import type { Engine } from "./model/result.ts";
import type { Answer, Asked, Failed } from "./remote.ts";

const send = (answer: Answer) => process.send?.(answer);
const failed = (error: unknown): Failed => ({
  message: error instanceof Error ? error.message : String(error),
  ...(error instanceof SinkflowError && { failure: error.failure }),
  ...(error instanceof DeviceFault && { fault: { wantsLess: error.wantsLess } }),
});

let engine: Engine | undefined;
const running = new Map<number, AbortController>();
/** What is handed over, until the other process has taken it. */
const handed = new Map<number, () => void>();
let count = 0;
const handOver = (make: (number: number) => Answer) =>
  new Promise<void>((resolve) => {
    const number = count++;
    handed.set(number, resolve);
    send(make(number));
  });

async function open(adapterName: string | undefined): Promise<Answer> {
  const adapter = await findAdapter(adapterName, "adapter");
  if (!adapter) return { opened: null };
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const limits = { maxStorageBufferBindingSize, maxBufferSize, ...traitsOf(adapter) };
  const opened = { adapter: describeAdapter(adapter), limits };
  engine = await openDawnEngine(adapter, () => findAdapter(adapterName));
  return { opened };
}

async function perform(asked: Extract<Asked, { id: number }>): Promise<unknown> {
  const used = engine as Engine;
  if ("evaluate" in asked) return used.evaluate?.(asked.evaluate);
  const { id, segments, options } = asked;
  const interruption = new AbortController();
  running.set(id, interruption);
  try {
    return await used.follow(segments, {
      ...options,
      signal: interruption.signal,
      onProgress: (progress) => void send({ id, progress }),
      onBatch: (batch) => handOver((number) => ({ id, number, batch })),
      onSegment: (segment, { tallies, ...result }) =>
        handOver((number) => ({
          id,
          number,
          segment,
          result,
          ...(tallies && { tallies: tallies.handed() }),
        })),
    });
  } finally {
    running.delete(id);
  }
}

process.on("message", async (asked: Asked) => {
  if ("open" in asked) {
    hold(asked.definitions);
    send(await open(asked.open).catch((error): Answer => ({ opened: null, failed: failed(error) })));
  } else if ("prepare" in asked)
    engine?.prepare?.(asked.prepare, asked.options).catch(() => {}); // a failure is reported where it is followed
  else if ("taken" in asked) {
    handed.get(asked.taken)?.();
    handed.delete(asked.taken);
  } else if ("stop" in asked) running.get(asked.stop)?.abort();
  else {
    const { id } = asked;
    await perform(asked).then(
      (result) => send({ id, result }),
      (error) => send({ id, failed: failed(error) }),
    );
  }
});
process.on("disconnect", () => process.exit());
