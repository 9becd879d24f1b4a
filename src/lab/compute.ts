import { fragility } from "../ensemble/fragility.ts";
import { runEnsemble } from "../ensemble/run.ts";
import { SinkflowError } from "../model/errors.ts";
import { soundRuns } from "../model/status.ts";
import { SettlingByTime } from "../statistics/settling.ts";
import { RunsTable } from "../sweep/tables.ts";
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
      const { ensemble } = request;
      const settling = new SettlingByTime(ensemble);
      const { trajectories = [], ...report } = await runEnsemble(engine, pool, ensemble, {
        signal,
        onProgress: progress,
        onBatch: ({ rows }) => settling.add(rows, soundRuns(rows.status)),
      });
      return { engine: engine.kind, ensemble, report, settling: settling.result(), sampled: sampledOf(ensemble, trajectories) };
    }),

  verify: (request, { signal, lost }) =>
    withEngine({}, lost, async (engine) => {
      const point = { ...request.ensemble, runs: request.runs, record: { ...request.ensemble.record, trajectories: 0 } };
      return (await runEnsemble(engine, pool, point, { samples: request.runs, signal })).verification;
    }),

  break: ({ ensemble, runs, parts }, { signal }) => fragility(ensemble, pool, { runs, parts, signal }),

  table: (request, { signal, progress, lost }) =>
    withEngine(request, lost, async (engine) => {
      const { points, specification } = request;
      const grid = points.map((ensemble) => ({ parameters: { normalizer: ensemble.normalizer.kind }, ensemble }));
      const parts: Uint8Array<ArrayBuffer>[] = [];
      const sweep = { canonical: specification, points: grid };
      const table = new RunsTable(sweep, engine.kind, async (bytes) => void parts.push(bytes));
      for (const [i, ensemble] of points.entries())
        await runEnsemble(engine, pool, ensemble, {
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
