import { cpus } from "node:os";
import { runWhole } from "../ensemble/whole.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine } from "../model/result.ts";
import { parseEnsemble } from "../model/specification.ts";
import { version } from "../version.ts";
import { type SweepWorkload, sweepLines, sweepWorkloads } from "./benchSweep.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { untilAborted } from "./interruption.ts";
import {
  knownRuns,
  type Making,
  maxDeviation,
  maxOthers,
  openPeer,
  type Peer,
  PeerError,
  peers,
  peersFolder,
  type Work,
  writeStarts,
} from "./peers.ts";
import { digits, type MedianAndRange, medianAndRange } from "./spread.ts";
import { print, withProgress } from "./terminal.ts";

export interface BenchCommandOptions extends EngineOptions {
  repeat: number;
  peers?: boolean;
  /** Whole sweeps, as commands, in place of kernels. */
  sweep?: boolean;
  json?: boolean;
  /** Tiny workloads, for tests: their rates mean nothing. */
  small?: boolean;
}

/** In the JSON, as `WorkloadReport` is. */
interface PeerReport {
  name: string;
  /** Why the peer was not timed; all else is absent then. */
  absent?: string;
  description?: string;
  /** Largest relative difference of its losses from the float64 reference's. */
  deviation?: number;
  /** Where steps adapt, accepted and rejected ones, the mean over runs. */
  steps?: number;
  rejected?: number;
  /** Run-steps per second; where steps adapt, trials of them. */
  rate?: MedianAndRange;
  /** sinkflow's rate over the peer's: the median over pairs of measurements one after the other. */
  ratio?: number;
}

/** One workload. */
interface WorkloadReport {
  name: string;
  tokens: number;
  dim: number;
  runs: number;
  /** Steps of each run; with adaptive steps, the mean over runs of the accepted ones. */
  steps: number;
  /** Rejected trials of adaptive steps, the mean over runs. */
  rejected?: number;
  /** Largest relative difference of sinkflow's losses from the float64 reference's. */
  deviation?: number;
  /** Run-steps per second; of `tsit5` rejected trials are among them. */
  rate: MedianAndRange;
  /** Seconds for the whole ensemble, without compiling, starts and read-back. */
  seconds: MedianAndRange;
  peers?: PeerReport[];
}

/** How a workload goes that has peers. */
type Method = keyof typeof peers;

const inSteps = (steps: number) => ({ steps });
const inTime = (time: number) => ({ time, converge: false, maxSteps: 1e9 });

/**
 * How steps are taken; when a run ends, given a number of steps, or where these adapt a time; and the end of the runs on which each program is
 * compared with the float64 reference before it is timed. There `stretch` makes the first steps of peers too long, so that some are rejected.
 */
const methods: Record<Method, { way: object; until: (amount: number) => object; known: number; stretch?: number }> = {
  euler: { way: { integrator: { kind: "euler", step: 0.01 } }, until: inSteps, known: 100 },
  tsit5: { way: { integrator: "tsit5" }, until: inTime, known: 10, stretch: 64 },
  adam: { way: { optimizer: { kind: "adam", learningRate: 1e-3 } }, until: inSteps, known: 100 },
};

const workloadsWithPeers: readonly (readonly [Method, tokens: number, dim: number])[] = [
  ["euler", 8, 8],
  ["euler", 16, 8],
  ["euler", 16, 16],
  ["tsit5", 8, 8],
  ["adam", 8, 8],
];

const knownCount = 64;

const ensembleOf = (method: Method, tokens: number, dim: number, runs: number, amount: number) =>
  parseEnsemble({ tokens, dim, loss: "square", ...methods[method].way, until: methods[method].until(amount), runs });

/** Runs of a fixed-step and of an adaptive workload, and seconds that a measurement should take: more for a GPU, fewer for tests. */
function amounts(engine: Engine, isGpu: boolean, small: boolean) {
  if (small) return { runs: 128, adaptive: 64, seconds: 0.02 };
  if (isGpu) return { runs: 131_072, adaptive: 1_048_576, seconds: 1 };
  return engine.kind === "cpu" ? { runs: 1024, adaptive: 2048, seconds: 1 } : { runs: 16_384, adaptive: 65_536, seconds: 1 };
}

/** Steps of a measurement, or the time to which it goes. */
const minAmount = 20;
const maxAmount = 100_000;

/** `sinkflow bench`: times standard workloads, in turns with peers; or whole sweeps. */
export async function benchCommand(options: BenchCommandOptions, signal: AbortSignal): Promise<void> {
  const { repeat, json = false, quiet = false, small = false } = options;
  if (options.peers && options.sweep) throw new SinkflowError("input", "bench: expected --peers or --sweep, got both");
  const { engine, isGpu } = await engineFor(options);
  const date = new Date().toISOString();
  const { adapter } = engine;
  const driver = adapter?.description ?? null;
  const processor = { model: cpus()[0]?.model ?? "unknown", threads: cpus().length };
  const where = engine.kind === "cpu" ? "CPU engine, float64" : `WebGPU, ${adapter?.description || adapter?.device}`;
  const heading = `${where}; ${processor.threads} threads of ${processor.model}; medians of ${repeat} (min to max)`;
  const workloads: (WorkloadReport | SweepWorkload)[] = [];
  const lines: string[] = [];
  // Each line is printed as soon as it is known, but not between the updates of a progress bar.
  const atOnce = quiet && !json;
  if (atOnce) print(heading);
  const take = <W extends WorkloadReport | SweepWorkload>(workload: W, linesOf: (workload: W) => string) => {
    workloads.push(workload);
    lines.push(linesOf(workload));
    if (atOnce) print(linesOf(workload));
  };
  await withProgress(quiet, async (onProgress) => {
    if (options.sweep) {
      const amounts = small ? "small" : isGpu ? "gpu" : "cpu";
      await sweepWorkloads({ options, isGpu, repeat, amounts, signal, onProgress, take: (workload) => take(workload, sweepLines) });
    } else {
      await kernelWorkloads(options, engine, isGpu, signal, onProgress, (workload) => take(workload, linesOf));
    }
  });
  if (json) print(JSON.stringify({ sinkflow: version, date, engine: engine.kind, adapter, driver, processor, repeat, workloads }));
  else if (!atOnce) print([heading, ...lines].join("\n"));
}

/** The workloads of one ensemble each: the rate of its steps. */
async function kernelWorkloads(
  { repeat, small = false, ...options }: BenchCommandOptions,
  engine: Engine,
  isGpu: boolean,
  signal: AbortSignal,
  onProgress: (done: number) => void,
  take: (workload: WorkloadReport) => void,
): Promise<void> {
  const rivals = (method: Method): [name: string, Making][] => (options.peers ? Object.entries(peers[method][isGpu ? "gpu" : "cpu"]) : []);
  const turns = workloadsWithPeers.map(([method]) => Math.max(1, 2 * rivals(method).length));
  const total = turns.reduce((sum, count) => sum + count, 1) * repeat;
  let done = 0;
  const tick = (times = 1) => {
    done += times;
    onProgress(Math.min(1, done / total));
  };
  const folder = options.peers ? peersFolder() : "";
  const bench: Bench = { engine, repeat, amounts: amounts(engine, isGpu, small), rivals, folder, signal, tick };
  for (const workload of workloadsWithPeers) take(await untilAborted(signal, workloadWithPeers(bench, ...workload)));
  take(await untilAborted(signal, adaptiveWorkload(bench)));
}

interface Bench {
  engine: Engine;
  repeat: number;
  amounts: ReturnType<typeof amounts>;
  /** Whom a method is compared with; nobody without `--peers`. */
  rivals(method: Method): [name: string, Making][];
  /** Where peers are compiled; "" without `--peers`. */
  folder: string;
  signal: AbortSignal;
  /** Counts measurements, one by default, as done: they were made or are left out. */
  tick(times?: number): void;
}

const rateOf = (runs: number, { seconds, accepted, rejected }: Work) => (runs * (accepted + rejected)) / seconds;
const meanOf = (column: ArrayLike<number>) => Array.from(column).reduce((sum, x) => sum + x, 0) / column.length;

/** sinkflow alone, or in turns with each peer. */
async function workloadWithPeers(bench: Bench, method: Method, tokens: number, dim: number): Promise<WorkloadReport> {
  const { engine, repeat, folder, signal, tick } = bench;
  const { runs, seconds } = bench.amounts;
  const rivals = bench.rivals(method);
  const { known, stretch } = methods[method];
  const few = ensembleOf(method, tokens, dim, knownCount, known);
  const deviation = await deviationOf(bench, method, few);
  const ours = async (amount: number): Promise<Work> => {
    const { rows, timing } = await runWhole(engine, ensembleOf(method, tokens, dim, runs, amount), { signal });
    return { seconds: timing.simulateMs / 1e3, accepted: meanOf(rows.steps), rejected: meanOf(rows.rejected) };
  };
  const amount = await measureOut(ours, seconds);
  const works: Work[] = [];
  const measure = async () => {
    const work = await ours(amount);
    works.push(work);
    tick();
    return work;
  };
  const starts = folder && writeStarts(folder, few, knownRuns(few, stretch));
  const opening = rivals.map(([name, making]) => [name, openPeer(making, few, starts, runs, signal)] as const);
  await Promise.allSettled(opening.map(([, peer]) => peer)); // all peers compile at the same time, before anything is timed
  const reports: PeerReport[] = [];
  for (const [name, peer] of opening) reports.push(await compareWith(name, peer, bench, measure, stretch !== undefined));
  while (works.length < repeat) await measure(); // where no peer was timed
  const [{ accepted, rejected }] = works as [Work];
  return {
    name: `${method} ${tokens}×${dim}`,
    tokens,
    dim,
    runs,
    steps: digits(accepted),
    ...(stretch !== undefined && { rejected: digits(rejected) }),
    deviation: digits(deviation),
    rate: medianAndRange(works.map((work) => rateOf(runs, work))),
    seconds: medianAndRange(works.map(({ seconds }) => seconds)),
    ...(rivals.length > 0 && { peers: reports }),
  };
}

/** The largest difference of sinkflow's losses from the float64 reference's, relative to them. Throws where it is too large, or steps are others. */
async function deviationOf({ engine, signal }: Bench, method: Method, few: Ensemble): Promise<number> {
  const { tokens, dim } = few;
  const { rows } = await runWhole(engine, few, { signal });
  const runs = knownRuns(few);
  const deviation = runs.reduce((worst, { loss }, run) => Math.max(worst, Math.abs((rows.loss[run] as number) / loss - 1)), 0);
  const others = runs.filter(({ accepted, rejected }, run) => rows.steps[run] !== accepted || rows.rejected[run] !== rejected).length;
  if (!(deviation <= maxDeviation) || others > maxOthers)
    throw new SinkflowError(
      "numerical",
      `bench: expected losses within ${maxDeviation} of the float64 reference's of ${method} at ${tokens} × ${dim} and other steps in ${maxOthers} run at most, ` +
        `got ${deviation.toExponential(1)} and ${others}`,
    );
  return deviation;
}

/** Measures sinkflow and a peer in turns; each pair of measurements gives a ratio of rates. Closes the peer. */
async function compareWith(
  name: string,
  opening: Promise<Peer>,
  bench: Bench,
  measure: () => Promise<Work>,
  isAdaptive: boolean,
): Promise<PeerReport> {
  const { repeat, tick } = bench;
  const { runs, seconds } = bench.amounts;
  let peer: Peer | undefined;
  try {
    peer = await opening;
    const amount = await measureOut(peer.follow, seconds);
    const works: Work[] = [];
    const ratios: number[] = [];
    for (let i = 0; i < repeat; i++) {
      const ours = await measure();
      const theirs = await peer.follow(amount);
      works.push(theirs);
      ratios.push(rateOf(runs, ours) / rateOf(runs, theirs));
      tick();
    }
    const { description, deviation } = peer;
    const [{ accepted, rejected }] = works as [Work];
    return {
      name,
      description,
      deviation: digits(deviation),
      ...(isAdaptive && { steps: digits(accepted), rejected: digits(rejected) }),
      rate: medianAndRange(works.map((work) => rateOf(runs, work))),
      ratio: medianAndRange(ratios).median,
    };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    tick(2 * repeat);
    return { name, absent: error.message };
  } finally {
    peer?.close();
  }
}

/** The adaptive logistic flow to its default end, t = 10⁶. */
async function adaptiveWorkload({ engine, repeat, amounts, signal, tick }: Bench): Promise<WorkloadReport> {
  const ensemble = parseEnsemble({ tokens: 8, runs: amounts.adaptive });
  const { tokens, dim, runs } = ensemble;
  await runWhole(engine, { ...ensemble, runs: 8 }, { signal }); // compiles
  const seconds: number[] = [];
  let [steps, rejected] = [0, 0];
  for (let i = 0; i < repeat; i++) {
    const { rows, timing } = await runWhole(engine, ensemble, { signal });
    seconds.push(timing.simulateMs / 1000);
    [steps, rejected] = [meanOf(rows.steps), meanOf(rows.rejected)];
    tick();
  }
  return {
    name: "adaptive 8×8",
    tokens,
    dim,
    runs,
    steps: digits(steps),
    rejected: digits(rejected),
    rate: medianAndRange(seconds.map((time) => (runs * steps) / time)),
    seconds: medianAndRange(seconds),
  };
}

/**
 * How many steps, or to which time, take about `seconds`. Tries more and more until a trial takes half of that time: a short trial predicts a
 * long one badly.
 */
async function measureOut(follow: (amount: number) => Promise<Work>, seconds: number): Promise<number> {
  await follow(minAmount); // warms up
  for (let amount = minAmount; ; amount = Math.min(maxAmount, 3 * amount)) {
    const { seconds: took } = await follow(amount);
    if (took >= seconds / 2 || amount === maxAmount) return Math.max(minAmount, Math.min(maxAmount, Math.round((amount * seconds) / took)));
  }
}

/** Three significant digits, in millions: 27.4, 0.131, 37300. */
const millions = (x: number) => (x < 1e9 ? (x / 1e6).toPrecision(3) : String(Number((x / 1e6).toPrecision(3))));

function linesOf({ name, runs, steps, rejected, rate, seconds, peers = [] }: WorkloadReport): string {
  const range = ({ median, min, max }: MedianAndRange) => `${millions(median)} M run-steps/s (${millions(min)} to ${millions(max)})`;
  const stepsOf = (steps: number, rejected?: number) =>
    `${steps.toLocaleString("en-US")} steps${rejected === undefined ? "" : ` and ${rejected.toLocaleString("en-US")} rejected`}`;
  const size = `${runs.toLocaleString("en-US")} runs, ${stepsOf(steps, rejected)}`;
  const lines = ["", `${name}: ${range(rate)}; ${size}: ${seconds.median} s`];
  for (const peer of peers)
    lines.push(
      peer.rate
        ? `  ${peer.ratio} times as fast as ${peer.name}: ${range(peer.rate)}, ${peer.description}` +
            (peer.steps === undefined ? "" : `, ${stepsOf(peer.steps, peer.rejected)}`)
        : `  ${peer.name} is absent: ${peer.absent}`,
    );
  return lines.join("\n");
}
