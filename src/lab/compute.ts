import { fragility } from "../ensemble/fragility.ts";
import { runPoint } from "../ensemble/run.ts";
import { SinkflowError } from "../model/errors.ts";
import { soundRuns } from "../model/status.ts";
import { SettlingByTime } from "../statistics/settling.ts";
import { RunsTable } from "../sweep/tables.ts";
import { version } from "../version.ts";
import { engineFor, pool, withEngine } from "./engines.ts";
import type { Answer, Message, Request, Results } from "./protocol.ts";
import { sampledOf } from "./sampled.ts";

// The thread that computes, so that the page stays responsive.

interface Context {
  signal: AbortSignal;
  progress: (done: number) => void;
  lost: () => void;
}

type Perform = { [K in Request["kind"]]: (request: Extract<Request, { kind: K }>, context: Context) => Promise<Results[K]> };

const perform: Perform = {
  async open() {
    const { kind, adapter } = await engineFor({});
    return { kind, adapter, threads: pool.size };
  },

  run: (request, { signal, progress, lost }) =>
    withEngine(request, lost, async (engine) => {
      const { point } = request;
      const settling = new SettlingByTime(point);
      const { trajectories = [], ...report } = await runPoint(engine, pool, point, {
        signal,
        onProgress: progress,
        onBatch: ({ rows }) => settling.add(rows, soundRuns(rows.status)),
      });
      return { engine: engine.kind, point, report, settling: settling.result(), sampled: sampledOf(point, trajectories) };
    }),

  verify: (request, { signal, lost }) =>
    withEngine({}, lost, async (engine) => {
      const point = { ...request.point, runs: request.runs, record: { ...request.point.record, trajectories: 0 } };
      return (await runPoint(engine, pool, point, { samples: request.runs, signal })).verification;
    }),

  break: ({ point, runs, parts }, { signal }) => fragility(point, pool, { runs, parts, signal }),

  table: (request, { signal, progress, lost }) =>
    withEngine(request, lost, async (engine) => {
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
