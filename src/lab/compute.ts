import { cpuEngine } from "../ensemble/cpu.ts";
import { fragility } from "../ensemble/fragility.ts";
import { poolOf, type Thread } from "../ensemble/pool.ts";
import { type PointTrajectory, runPoint } from "../ensemble/run.ts";
import { openWebgpuEngine } from "../gpu/engine.ts";
import { SinkflowError } from "../model/errors.ts";
import { type Point, recordedTimes } from "../model/point.ts";
import type { Engine } from "../model/result.ts";
import { soundRuns } from "../model/status.ts";
import { SettlingByTime } from "../statistics/settling.ts";
import { RunsTable } from "../sweep/tables.ts";
import { version } from "../version.ts";
import type { Answer, Message, Request, Results, Sampled } from "./protocol.ts";

// The thread that computes, so that the page never waits: an engine, and threads of the reference.

const pool = poolOf(Math.min(8, navigator.hardwareConcurrency || 1), startThread);
const cpu = cpuEngine(pool);
let best: Promise<Engine> | undefined;

function startThread(): Thread {
  const worker = new Worker(new URL("./reference.js", import.meta.url), { type: "module" });
  return {
    perform: (task, moved) =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message || "a thread failed"));
        worker.postMessage(task, moved);
      }),
    close: async () => worker.terminate(),
  };
}

/** How often a device is looked for again after one was lost, and how long apart: a browser needs a while to start its GPU process anew. */
const retries = { count: 10, apartMs: 300 };

/** WebGPU where there is an adapter, else the CPU. */
async function openBest(attempts = 1): Promise<Engine> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (adapter) return openWebgpuEngine(adapter);
  if (attempts <= 1) return cpu;
  await new Promise((resolve) => setTimeout(resolve, retries.apartMs));
  return openBest(attempts - 1);
}
const engineFor = ({ engine }: { engine?: "cpu" }): Promise<Engine> => {
  if (engine === "cpu") return Promise.resolve(cpu);
  best ??= openBest();
  return best;
};

/** What another device would do no better. */
const isFinal = (error: unknown) => error instanceof SinkflowError && error.failure !== "device";

/** Does something with an engine; if its device fails, which may be lost at any time, once more with a new one. */
async function withEngine<T>(request: { engine?: "cpu" }, { lost }: Context, act: (engine: Engine) => Promise<T>): Promise<T> {
  const used = engineFor(request);
  try {
    return await act(await used);
  } catch (error) {
    if (isFinal(error) || (await used) === cpu) throw error;
    lost();
    if (best === used) best = openBest(retries.count);
    return act(await engineFor(request)); // the new one, whoever opened it
  }
}

const perform: { [K in Request["kind"]]: (request: Extract<Request, { kind: K }>, context: Context) => Promise<Results[K]> } = {
  async open() {
    const { kind, adapter } = await engineFor({});
    return { kind, adapter, threads: pool.size };
  },

  run: (request, context) =>
    withEngine(request, context, async (engine) => {
      const { signal, progress } = context;
      const began = performance.now();
      const { point } = request;
      const settling = new SettlingByTime(point);
      const { trajectories = [], ...report } = await runPoint(engine, pool, point, {
        signal,
        onProgress: progress,
        onBatch: ({ rows }) => settling.add(rows, soundRuns(rows.status)),
      });
      const sampled = sample(point, trajectories);
      return { engine: engine.kind, point, report, settling: settling.result(), sampled, elapsedMs: performance.now() - began };
    }),

  verify: (request, context) =>
    withEngine({}, context, async (engine) => {
      const { signal } = context;
      const point = { ...request.point, runs: request.runs, record: { ...request.point.record, trajectories: 0 } };
      return (await runPoint(engine, pool, point, { samples: request.runs, signal })).verification;
    }),

  break: ({ point, runs, parts }, { signal }) => fragility(point, pool, { runs, parts, signal }),

  table: (request, context) =>
    withEngine(request, context, async (engine) => {
      const { signal, progress } = context;
      const { points, specification } = request;
      const grid = points.map((point) => ({ parameters: { normalizer: point.normalizer.kind }, point }));
      const parts: Uint8Array<ArrayBuffer>[] = [];
      const metadata = { "sinkflow.version": version, "sinkflow.specification": JSON.stringify(specification) };
      const table = new RunsTable(
        { canonical: specification, points: grid },
        engine.kind,
        metadata,
        async (bytes) => void parts.push(bytes),
      );
      for (const [i, point] of points.entries())
        await runPoint(engine, pool, point, {
          signal,
          onProgress: (done) => progress((i + done) / points.length),
          onBatch: (batch) => table.append(i, batch),
        });
      await table.finish();
      return new Uint8Array(await new Blob(parts).arrayBuffer());
    }),
};

interface Context {
  signal: AbortSignal;
  progress: (done: number) => void;
  lost: () => void;
}

function sample(point: Point, trajectories: readonly PointTrajectory[]): Sampled {
  const { tokens } = point;
  const times = recordedTimes(point);
  const shares = new Float32Array(trajectories.length * times.length * tokens);
  const alignments = new Float32Array(shares.length);
  for (const [run, { weights, alignments: pulls }] of trajectories.entries())
    for (const [slot, p] of weights.entries()) {
      const at = (run * times.length + slot) * tokens;
      const total = p.reduce((sum, x) => sum + Math.abs(x), 0);
      if (total > 0)
        shares.set(
          p.map((x) => Math.abs(x) / total),
          at,
        );
      alignments.set(pulls[slot] as number[], at);
    }
  return { runs: trajectories.length, tokens, times, shares, alignments };
}

const answer = (message: Answer) => postMessage(message);
const running = new Map<number, AbortController>();

addEventListener("message", async ({ data }: MessageEvent<Message>) => {
  const { id } = data;
  if ("cancel" in data) {
    running.get(id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const context: Context = {
      signal: controller.signal,
      progress: (progress) => answer({ id, progress }),
      lost: () => answer({ id, lost: true }),
    };
    answer({ id, result: await perform[data.request.kind](data.request as never, context) });
  } catch (error) {
    const failure = error instanceof SinkflowError ? error.failure : "internal";
    answer({ id, failure, message: error instanceof Error ? (error.message.split("\n")[0] as string) : String(error) });
  } finally {
    running.delete(id);
  }
});
