import { cpus } from "node:os";
import type { Rows } from "../model/columns.ts";
import { SinkflowError } from "../model/errors.ts";
import type { AdapterDescription, Engine } from "../model/result.ts";
import { parseEnsemble } from "../model/specification.ts";
import { version } from "../version.ts";
import { type EngineOptions, engineFor } from "./engine.ts";
import { untilAborted } from "./input.ts";
import { knownLosses, type Making, maxDeviation, openPeer, type Peer, PeerError, type PeerName, peers, peersFolder } from "./peers.ts";
import { print, withProgress } from "./terminal.ts";

export interface BenchCommandOptions extends EngineOptions {
  repeat: number;
  peers?: boolean;
  json?: boolean;
  /** Tiny workloads, for tests: their rates mean nothing. */
  small?: boolean;
}

/** Median and range of repeated measurements. */
interface MedianAndRange {
  median: number;
  min: number;
  max: number;
}

interface PeerReport {
  name: PeerName;
  /** Why the peer was not timed; all else is absent then. */
  absent?: string;
  description?: string;
  /** Largest relative difference of its losses from the float64 reference's. */
  deviation?: number;
  /** Run-steps per second. */
  rate?: MedianAndRange;
  /** sinkflow's rate over the peer's: the median over pairs of measurements one after the other. */
  ratio?: number;
}

/** One workload, as in the JSON. */
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
  /** Run-steps per second. */
  rate: MedianAndRange;
  /** Seconds for the whole ensemble, without compiling, starts and read-back. */
  seconds: MedianAndRange;
  peers?: PeerReport[];
}

interface BenchReport {
  sinkflow: string;
  date: string;
  engine: "webgpu" | "cpu";
  adapter: AdapterDescription | null;
  /** The adapter's; null on the CPU engine. */
  driver: string | null;
  processor: { model: string; threads: number };
  repeat: number;
  workloads: WorkloadReport[];
}

const shapes = [
  [8, 8],
  [16, 8],
  [16, 16],
] as const;

/** Runs and steps on which each program is compared with the float64 reference before it is timed. */
const known = { runs: 64, steps: 100 };

const euler = (tokens: number, dim: number, runs: number, steps: number) =>
  parseEnsemble({ tokens, dim, loss: "square", integrator: { kind: "euler", step: 0.01 }, until: { steps }, runs });

/** Runs of a fixed-step and of an adaptive workload, and seconds that a measurement should take: more for a GPU, fewer for tests. */
function amounts(engine: Engine, isGpu: boolean, small: boolean) {
  if (small) return { runs: 128, adaptive: 64, seconds: 0.02 };
  if (isGpu) return { runs: 131_072, adaptive: 1_048_576, seconds: 1 };
  return engine.kind === "cpu" ? { runs: 1024, adaptive: 2048, seconds: 1 } : { runs: 16_384, adaptive: 65_536, seconds: 1 };
}

/** Steps of a measurement. */
const minSteps = 20;
const maxSteps = 100_000;

/** `sinkflow bench`: times standard workloads, in turns with peers. Returns the exit code. */
export async function benchCommand(options: BenchCommandOptions, signal: AbortSignal): Promise<number> {
  const { engine, isGpu } = await engineFor(options);
  const report: BenchReport = {
    sinkflow: version,
    date: new Date().toISOString(),
    engine: engine.kind,
    adapter: engine.adapter,
    driver: engine.adapter?.description ?? null,
    processor: { model: cpus()[0]?.model ?? "unknown", threads: cpus().length },
    repeat: options.repeat,
    workloads: [],
  };
  // Lines are printed as they are known, but not between the updates of a progress bar.
  const atOnce = options.quiet === true && !options.json;
  if (atOnce) print(heading(report));
  await measureAll(engine, isGpu, options, signal, (workload) => {
    report.workloads.push(workload);
    if (atOnce) print(linesOf(workload));
  });
  if (options.json) print(JSON.stringify(report));
  else if (!atOnce) print([heading(report), ...report.workloads.map(linesOf)].join("\n"));
  return 0;
}

interface Bench {
  engine: Engine;
  repeat: number;
  amounts: ReturnType<typeof amounts>;
  /** Empty without `--peers`. */
  rivals: [PeerName, Making][];
  /** Where rivals are compiled. */
  folder: string;
  signal: AbortSignal;
  /** Tells that measurements, one by default, are done or left out. */
  tick(times?: number): void;
}

/** Measures every workload, and passes each on as soon as it is done. */
async function measureAll(
  engine: Engine,
  isGpu: boolean,
  { repeat, ...options }: BenchCommandOptions,
  signal: AbortSignal,
  take: (workload: WorkloadReport) => void,
): Promise<void> {
  const folder = options.peers ? peersFolder() : undefined;
  const rivals = options.peers ? (Object.entries(peers[isGpu ? "gpu" : "cpu"]) as Bench["rivals"]) : [];
  const total = (shapes.length * Math.max(1, 2 * rivals.length) + 1) * repeat;
  let done = 0;
  try {
    await withProgress(options.quiet ?? false, async (onProgress) => {
      const tick = (times = 1) => {
        done += times;
        onProgress(Math.min(1, done / total));
      };
      const size = amounts(engine, isGpu, options.small ?? false);
      const bench: Bench = { engine, repeat, amounts: size, rivals, folder: folder?.path ?? "", signal, tick };
      for (const [tokens, dim] of shapes) take(await untilAborted(signal, eulerWorkload(bench, tokens, dim)));
      take(await untilAborted(signal, adaptiveWorkload(bench)));
    });
  } finally {
    folder?.remove();
  }
}

/** Euler at a fixed step: sinkflow alone, or in turns with each peer. */
async function eulerWorkload(bench: Bench, tokens: number, dim: number): Promise<WorkloadReport> {
  const { engine, repeat, rivals, folder, signal, tick } = bench;
  const { runs, seconds } = bench.amounts;
  const few = euler(tokens, dim, known.runs, known.steps);
  const losses = knownLosses(few);
  const deviation = worstDeviation((await engine.run(few, { signal })).rows, losses);
  if (!(deviation <= maxDeviation))
    throw new SinkflowError(
      "numerical",
      `bench: expected losses within ${maxDeviation} of the float64 reference's at ${tokens} × ${dim}, got ${deviation.toExponential(1)}`,
    );
  const ours = async (steps: number) =>
    (runs * steps) / (await engine.run(euler(tokens, dim, runs, steps), { signal })).timing.simulateMs / 1e-3;
  const steps = await measureOut(ours, runs, seconds);
  const rates: number[] = [];
  const measure = async () => {
    const rate = await ours(steps);
    rates.push(rate);
    tick();
    return rate;
  };
  const reports: PeerReport[] = [];
  // All peers compile at the same time, before anything is timed.
  const opening = rivals.map(([name, making]) => openPeer(name, making, few, losses, runs, folder, signal));
  const opened = await Promise.allSettled(opening);
  try {
    for (const [i, [name]] of rivals.entries()) {
      try {
        reports.push(await compareWith(await (opening[i] as Promise<Peer>), bench, measure));
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        reports.push({ name, absent: error.message });
        tick(2 * repeat);
      }
    }
  } finally {
    for (const peer of opened) if (peer.status === "fulfilled") peer.value.close();
  }
  while (rates.length < repeat) await measure(); // where no peer was timed
  const rate = medianAndRange(rates);
  return {
    name: `euler ${tokens}×${dim}`,
    tokens,
    dim,
    runs,
    steps,
    deviation: digits(deviation),
    rate,
    seconds: medianAndRange(rates.map((one) => (runs * steps) / one)),
    ...(rivals.length > 0 && { peers: reports }),
  };
}

/** Measures sinkflow and a peer in turns; each pair of measurements gives a ratio. */
async function compareWith(
  peer: Peer,
  { repeat, amounts: { runs, seconds }, tick }: Bench,
  measure: () => Promise<number>,
): Promise<PeerReport> {
  const steps = await measureOut(peer.rate, runs, seconds);
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let i = 0; i < repeat; i++) {
    const ours = await measure();
    const theirs = await peer.rate(steps);
    rates.push(theirs);
    ratios.push(ours / theirs);
    tick();
  }
  const { name, description, deviation } = peer;
  return { name, description, deviation: digits(deviation), rate: medianAndRange(rates), ratio: medianAndRange(ratios).median };
}

/** The adaptive logistic flow to its default end, t = 10⁶. */
async function adaptiveWorkload({ engine, repeat, amounts, signal, tick }: Bench): Promise<WorkloadReport> {
  const ensemble = parseEnsemble({ tokens: 8, runs: amounts.adaptive });
  await engine.run({ ...ensemble, runs: 8 }, { signal }); // compiles
  const seconds: number[] = [];
  const mean = (column: ArrayLike<number>) => Array.from(column).reduce((sum, x) => sum + x, 0) / ensemble.runs;
  let [steps, rejected] = [0, 0];
  for (let i = 0; i < repeat; i++) {
    const { rows, timing } = await engine.run(ensemble, { signal });
    seconds.push(timing.simulateMs / 1000);
    [steps, rejected] = [mean(rows.steps), mean(rows.rejected)];
    tick();
  }
  const { tokens, dim, runs } = ensemble;
  const rate = medianAndRange(seconds.map((time) => (runs * steps) / time));
  return {
    name: "adaptive 8×8",
    tokens,
    dim,
    runs,
    steps: digits(steps),
    rejected: digits(rejected),
    rate,
    seconds: medianAndRange(seconds),
  };
}

const worstDeviation = ({ loss }: Rows, expected: readonly number[]) =>
  expected.reduce((worst, x, run) => Math.max(worst, Math.abs((loss[run] as number) / x - 1)), 0);

/** How many steps take about `seconds`. Tries more and more until half of that time is reached: a short trial predicts a long one badly. */
async function measureOut(rate: (steps: number) => Promise<number>, runs: number, seconds: number): Promise<number> {
  await rate(minSteps); // warms up
  for (let steps = minSteps; ; steps = Math.min(maxSteps, 3 * steps)) {
    const took = (runs * steps) / (await rate(steps));
    if (took >= seconds / 2 || steps === maxSteps) return Math.max(minSteps, Math.min(maxSteps, Math.round((steps * seconds) / took)));
  }
}

const digits = (x: number) => Number(x.toPrecision(4));

function medianAndRange(values: readonly number[]): MedianAndRange {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number) => sorted[Math.floor(i)] as number;
  const half = (sorted.length - 1) / 2;
  return { median: digits((at(half) + at(half + 0.5)) / 2), min: digits(at(0)), max: digits(at(sorted.length - 1)) };
}

/** Three significant digits, in millions: 27.4, 0.131, 37300. */
const millions = (x: number) => (x < 1e9 ? (x / 1e6).toPrecision(3) : String(Number((x / 1e6).toPrecision(3))));

function heading({ engine, adapter, processor, repeat }: BenchReport): string {
  const where = engine === "cpu" ? "CPU engine, float64" : `WebGPU, ${adapter?.description || adapter?.device}`;
  return `${where}; ${processor.threads} threads of ${processor.model}; medians of ${repeat} (min to max)`;
}

function linesOf({ name, runs, steps, rate, seconds, peers = [] }: WorkloadReport): string {
  const range = ({ median, min, max }: MedianAndRange) => `${millions(median)} M run-steps/s (${millions(min)} to ${millions(max)})`;
  const size = `${runs.toLocaleString("en-US")} runs, ${steps.toLocaleString("en-US")} steps`;
  const lines = ["", `${name}: ${range(rate)}; ${size}: ${seconds.median} s`];
  for (const peer of peers)
    lines.push(
      peer.rate
        ? `  ${peer.ratio} times as fast as ${peer.name}: ${range(peer.rate)}, ${peer.description}`
        : `  ${peer.name} is absent: ${peer.absent}`,
    );
  return lines.join("\n");
}
