import { cpus } from "node:os";
import { SinkflowError } from "../model/errors.ts";
import type { AdapterDescription, Engine } from "../model/result.ts";
import type { Rows } from "../model/rows.ts";
import { openEngine, parsePoint } from "../node.ts";
import { version } from "../version.ts";
import { untilAborted } from "./input.ts";
import { knownLosses, type Making, mostDeviation, openPeer, type Peer, PeerError, type PeerName, peers, peersFolder } from "./peers.ts";
import type { EngineChoice } from "./run.ts";
import { print, progressBar, say } from "./terminal.ts";

export interface BenchCommandOptions {
  engine: EngineChoice;
  adapter?: string;
  repeat: number;
  peers?: boolean;
  json?: boolean;
  quiet?: boolean;
  /** Tiny workloads, for tests: the figures mean nothing. */
  small?: boolean;
}

/** Of several repetitions. */
interface Spread {
  median: number;
  min: number;
  max: number;
}

interface PeerReport {
  name: PeerName;
  /** Why there is nothing else here. */
  absent?: string;
  description?: string;
  /** Largest relative difference of its losses from the float64 reference's. */
  deviation?: number;
  /** Run-steps per second. */
  rate?: Spread;
  /** Our rate over the peer's: median over neighboring pairs of measurements. */
  ratio?: number;
}

/** One workload, as in the JSON. */
interface WorkloadReport {
  name: string;
  tokens: number;
  dim: number;
  runs: number;
  /** Of each run; with adaptive steps accepted ones, the mean over runs. */
  steps: number;
  /** Trials of an adaptive step that were taken again, the mean over runs. */
  rejected?: number;
  /** Largest relative difference of our losses from the float64 reference's. */
  deviation?: number;
  /** Run-steps per second. */
  rate: Spread;
  /** Of the whole ensemble, without compiling, starts and read-back. */
  seconds: Spread;
  peers?: PeerReport[];
}

interface BenchReport {
  sinkflow: string;
  date: string;
  engine: "webgpu" | "cpu";
  adapter: AdapterDescription | null;
  /** Of the adapter; null on the CPU engine. */
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

/** Runs and steps on which everything that is timed is first compared with the float64 reference. */
const known = { runs: 64, steps: 100 };

const euler = (tokens: number, dim: number, runs: number, steps: number) =>
  parsePoint({ tokens, dim, loss: "square", integrator: { kind: "euler", step: 0.01 }, until: { steps }, runs });

/** How the work is measured out: a GPU gets more of it, the float64 engine and the tests less. */
function amounts(engine: Engine, isGpu: boolean, small: boolean) {
  if (small) return { runs: 128, adaptive: 64, seconds: 0.02 };
  if (isGpu) return { runs: 131_072, adaptive: 1_048_576, seconds: 1 };
  return engine.kind === "cpu" ? { runs: 1024, adaptive: 2048, seconds: 1 } : { runs: 16_384, adaptive: 65_536, seconds: 1 };
}

/** Fewest and most steps of a measurement. */
const leastSteps = 20;
const mostSteps = 100_000;

/** `sinkflow bench`: standard workloads, with peers side by side. Returns the exit code. */
export async function benchCommand(options: BenchCommandOptions, signal: AbortSignal): Promise<number> {
  const { engine, isGpu, note } = await openEngine(options.engine, options.adapter === undefined ? {} : { adapter: options.adapter });
  if (note && !options.quiet) say(note);
  const progress = progressBar(options.quiet ?? false);
  const folder = options.peers ? peersFolder() : undefined;
  const rivals = options.peers ? (Object.entries(peers[isGpu ? "gpu" : "cpu"]) as Bench["rivals"]) : [];
  const total = (shapes.length * Math.max(1, 2 * rivals.length) + 1) * options.repeat;
  let done = 0;
  const bench: Bench = {
    engine,
    repeat: options.repeat,
    amounts: amounts(engine, isGpu, options.small ?? false),
    rivals,
    folder: folder?.path ?? "",
    signal,
    tick: (times = 1) => {
      done += times;
      progress.update(Math.min(1, done / total));
    },
  };
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
  // A bar that moves and lines that stay get in each other's way: without one, lines come as they are known.
  const atOnce = options.quiet === true && !options.json;
  if (atOnce) print(heading(report));
  const take = (workload: WorkloadReport) => {
    report.workloads.push(workload);
    if (atOnce) print(linesOf(workload));
  };
  try {
    for (const [tokens, dim] of shapes) take(await untilAborted(signal, eulerWorkload(bench, tokens, dim)));
    take(await untilAborted(signal, adaptiveWorkload(bench)));
  } finally {
    progress.stop();
    folder?.remove();
  }
  if (options.json) print(JSON.stringify(report));
  else if (!atOnce) print([heading(report), ...report.workloads.map(linesOf)].join("\n"));
  return 0;
}

interface Bench {
  engine: Engine;
  repeat: number;
  amounts: ReturnType<typeof amounts>;
  /** None, unless they are wanted. */
  rivals: [PeerName, Making][];
  /** Where they are compiled. */
  folder: string;
  signal: AbortSignal;
  /** So many measurements more are done, or left out. */
  tick(times?: number): void;
}

/** Euler at a fixed step: ours alone, or by turns with every peer. */
async function eulerWorkload(bench: Bench, tokens: number, dim: number): Promise<WorkloadReport> {
  const { engine, repeat, rivals, folder, signal, tick } = bench;
  const { runs, seconds } = bench.amounts;
  const few = euler(tokens, dim, known.runs, known.steps);
  const losses = knownLosses(few);
  const deviation = worstDeviation((await engine.run(few, { signal })).rows, losses);
  if (!(deviation <= mostDeviation))
    throw new SinkflowError(
      "numerical",
      `bench: expected losses within ${mostDeviation} of the float64 reference's at ${tokens} × ${dim}, got ${deviation.toExponential(1)}`,
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
  // They compile side by side, before anything is timed.
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
  while (rates.length < repeat) await measure(); // where no peer was there
  const rate = spread(rates);
  return {
    name: `euler ${tokens}×${dim}`,
    tokens,
    dim,
    runs,
    steps,
    deviation: digits(deviation),
    rate,
    seconds: spread(rates.map((one) => (runs * steps) / one)),
    ...(rivals.length > 0 && { peers: reports }),
  };
}

/** Ours, the peer, ours, the peer …, each pair a ratio. */
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
  return { name, description, deviation: digits(deviation), rate: spread(rates), ratio: spread(ratios).median };
}

/** The adaptive logistic flow to its default end, t = 10⁶. */
async function adaptiveWorkload({ engine, repeat, amounts, signal, tick }: Bench): Promise<WorkloadReport> {
  const point = parsePoint({ tokens: 8, runs: amounts.adaptive });
  await engine.run({ ...point, runs: 8 }, { signal }); // compiles
  const seconds: number[] = [];
  const mean = (column: ArrayLike<number>) => Array.from(column).reduce((sum, x) => sum + x, 0) / point.runs;
  let [steps, rejected] = [0, 0];
  for (let i = 0; i < repeat; i++) {
    const { rows, timing } = await engine.run(point, { signal });
    seconds.push(timing.simulateMs / 1000);
    [steps, rejected] = [mean(rows.steps), mean(rows.rejected)];
    tick();
  }
  const { tokens, dim, runs } = point;
  const rate = spread(seconds.map((time) => (runs * steps) / time));
  return { name: "adaptive 8×8", tokens, dim, runs, steps: digits(steps), rejected: digits(rejected), rate, seconds: spread(seconds) };
}

const worstDeviation = ({ loss }: Rows, expected: readonly number[]) =>
  expected.reduce((worst, x, run) => Math.max(worst, Math.abs((loss[run] as number) / x - 1)), 0);

/** Steps that take about so many seconds, found by trying ever more until half of that is reached: few say little of many. */
async function measureOut(rate: (steps: number) => Promise<number>, runs: number, seconds: number): Promise<number> {
  await rate(leastSteps); // warms up
  for (let steps = leastSteps; ; steps = Math.min(mostSteps, 3 * steps)) {
    const took = (runs * steps) / (await rate(steps));
    if (took >= seconds / 2 || steps === mostSteps) return Math.max(leastSteps, Math.min(mostSteps, Math.round((steps * seconds) / took)));
  }
}

const digits = (x: number) => Number(x.toPrecision(4));

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number) => sorted[Math.floor(i)] as number;
  const half = (sorted.length - 1) / 2;
  return { median: digits((at(half) + at(half + 0.5)) / 2), min: digits(at(0)), max: digits(at(sorted.length - 1)) };
}

/** Digits that a reader can use: 27.4 M, 0.131 M, 37300 M. */
const millions = (x: number) => (x < 1e9 ? (x / 1e6).toPrecision(3) : String(Number((x / 1e6).toPrecision(3))));

function heading({ engine, adapter, processor, repeat }: BenchReport): string {
  const where = engine === "cpu" ? "CPU engine, float64" : `WebGPU, ${adapter?.description || adapter?.device}`;
  return `${where}; ${processor.threads} threads of ${processor.model}; medians of ${repeat} (least to most)`;
}

function linesOf({ name, runs, steps, rate, seconds, peers = [] }: WorkloadReport): string {
  const range = ({ median, min, max }: Spread) => `${millions(median)} M run-steps/s (${millions(min)} to ${millions(max)})`;
  const size = `${runs.toLocaleString("en-US")} runs, ${steps.toLocaleString("en-US")} steps`;
  const lines = ["", `${name}: ${range(rate)}; ${size}: ${seconds.median} s`];
  for (const peer of peers)
    lines.push(
      peer.rate
        ? `  ours is ${peer.ratio} times ${peer.name}'s ${range(peer.rate)}, ${peer.description}`
        : `  ${peer.name} is absent: ${peer.absent}`,
    );
  return lines.join("\n");
}
