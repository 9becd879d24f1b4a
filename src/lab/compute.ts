import { fragility } from "../ensemble/fragility.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";
import { soundRuns } from "../model/status.ts";
import { LeadOfFirst } from "../report/claims.ts";
import { tablesOf } from "../results/tables.ts";
import { SettlingByTime } from "../statistics/settling.ts";
import { runEnsemble } from "../sweep/sweep.ts";
import { cpu, pool, tabEngine, withTabEngine } from "./engines.ts";
import type { Answer, Listeners, Message, Request, Results } from "./protocol.ts";
import { sampledOf } from "./sampled.ts";

// The thread that computes: so the page stays responsive.

type Perform = { [K in Request["kind"]]: (request: Extract<Request, { kind: K }>, listeners: Listeners) => Promise<Results[K]> };

const perform: Perform = {
  async open() {
    const { kind, adapter } = await tabEngine();
    return { kind, adapter, threads: pool.size };
  },

  run({ ensemble, engine }, { signal, progress, lost }) {
    const follow = async (engine: Engine) => {
      const settling = new SettlingByTime(ensemble);
      const lead = new LeadOfFirst(ensemble.polarizedAt);
      const { trajectories = [], ...report } = await runEnsemble(engine, pool, ensemble, {
        signal,
        onProgress: progress,
        onPart: ({ rows }) => {
          const sound = soundRuns(rows.status);
          for (const statistic of [settling, lead]) statistic.add(rows, sound);
        },
      });
      const counted = { settling: settling.result(), lead: lead.result() };
      return { engine: engine.kind, ensemble, report, ...counted, sampled: sampledOf(ensemble, trajectories) };
    };
    return engine === "cpu" ? follow(cpu) : withTabEngine(lost, follow);
  },

  verify: ({ ensemble, runs }, { signal, lost }) =>
    withTabEngine(lost, async (engine) => {
      const verified = { ...ensemble, runs, record: { ...ensemble.record, trajectories: 0 } };
      return (await runEnsemble(engine, pool, verified, { samples: runs, signal })).verification;
    }),

  break: ({ ensemble, runs, parts }, { signal }) => fragility(ensemble, pool, { runs, parts, signal }),

  table: ({ ensembles, specification }, { signal, progress, lost }) =>
    withTabEngine(lost, async (engine) => {
      const points = ensembles.map((ensemble) => ({ parameters: { normalizer: ensemble.normalizer.kind }, ensemble }));
      const parts: Uint8Array<ArrayBuffer>[] = [];
      const table = tablesOf({ canonical: specification, points }, engine.kind).runs(async (bytes) => void parts.push(bytes));
      for (const [i, ensemble] of ensembles.entries())
        await runEnsemble(engine, pool, ensemble, {
          signal,
          onProgress: (done) => progress((i + done) / ensembles.length),
          onPart: ({ portions, rows }) => table.append({ segments: portions.map((portion) => ({ ...portion, point: i })), rows }),
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
    const listeners: Listeners = {
      signal: controller.signal,
      progress: (progress) => answer({ id, progress }),
      lost: () => answer({ id, lost: true }),
    };
    answer({ id, result: await perform[data.request.kind](data.request as never, listeners) });
  } catch (error) {
    const failure = error instanceof SinkflowError ? error.failure : "internal";
    answer({ id, failure, message: error instanceof Error ? (error.message.split("\n")[0] as string) : String(error) });
  } finally {
    running.delete(id);
  }
});
