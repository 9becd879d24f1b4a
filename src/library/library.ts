import type { Pool } from "../ensemble/perform.ts";
import { definitionsOf, nameOf, type Registered, textOf } from "../model/definitions.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError, show } from "../model/errors.ts";
import { type Specification as Parsed, parseSpecification } from "../model/grid.ts";
import type { AdapterDescription, Engine } from "../model/result.ts";
import { refuseForbiddenKeys } from "../model/tree.ts";
import type { EnsembleReport } from "../sweep/fold.ts";
import { runSweep, type SweepReport } from "../sweep/sweep.ts";
import type { SweepTiming } from "../sweep/timings.ts";
import type { Verification } from "../verification/judge.ts";
import { type Chunk, type Chunks, chunksOf } from "./chunks.ts";
import { type FollowedPortion, PointColumns, type PointRows, type PointVectors } from "./columns.ts";
import { reading } from "./errors.ts";
import { checkOptions, type Options, type SimulateOptions, type VerifyOptions } from "./options.ts";
import type { Specification } from "./specification.ts";
import { OwnStatistics } from "./statistics.ts";

/** The statistics of one point of a grid: the JSON that `sinkflow run --json` has of it. */
export type PointSummary<Own = unknown> = EnsembleReport & {
  /** The values of the grid's keys. */
  parameters: Record<string, unknown>;
  /** With the option `statistics`: what they gave, by name. */
  statistics?: Own;
};

/** Results of one point of a grid: its statistics, and its rows. */
export type Point<Own = unknown> = PointSummary<Own> & {
  /** The columns of its runs, by name: `runs` numbers each. */
  rows: PointRows;
  /** With `record.vectors`: `tokens` × `runs` numbers each. */
  vectors?: PointVectors;
};

/** What all calls give of a specification. */
interface Head {
  /** The version of this package. */
  sinkflow: string;
  /** The canonical specification, with all defaults. */
  specification: Record<string, unknown>;
  /** What computed: `webgpu` in float32, `cpu` in float64. */
  engine: "webgpu" | "cpu";
  /** What the adapter says of itself; null on the CPU. */
  adapter: AdapterDescription | null;
  /** The hash of each definition that the specification uses, by `loss KIND` or `normalizer KIND`. */
  definitions?: Record<string, string>;
  /** What took the time of the call, in milliseconds and shares of these; and its memory in bytes. */
  timing?: SweepTiming;
  /** Of all points together. `exceeded` says that a bound was exceeded. */
  verification?: Verification;
}

/** What `simulate` gives. */
export interface Simulation<Own = unknown> extends Head {
  /** One for each combination of the grid's values. */
  points: Point<Own>[];
}

/** What is said of all runs of a specification that come in chunks. */
export interface SimulationSummary<Own = unknown> extends Head {
  points: PointSummary<Own>[];
}

/** What `verify` gives. */
export interface VerificationReport extends Head {
  /** One for each combination of the grid's values. */
  points: { parameters: Record<string, unknown>; verification?: Verification }[];
}

/** What a machine has. */
export interface Platform {
  /**
   * Opens an engine, and where the float64 reference is computed. Throws SinkflowError("device") where there is no such device.
   * @param ensembles what it is to run: where that is beyond WebGPU, `auto` takes the CPU
   */
  open(options: Options, ensembles: readonly Ensemble[]): Promise<{ engine: Engine; pool: Pool }>;
  /** The definitions of a module. */
  load(address: URL | string): Promise<Registered[]>;
}

/** Registers definitions and those of modules, with what checks them, which no other call loads. Gives back what takes them away again. */
async function register(given: readonly NonNullable<Options["define"]>[number][], platform: Platform): Promise<() => void> {
  const { checkForm, registerDefinitions } = await import("../reference/definitions/register.ts");
  const all = await Promise.all(
    given.map(async (one): Promise<Registered[]> => {
      if (typeof one === "string" || one instanceof URL) return platform.load(one);
      const definition = checkForm(one);
      const bytes = new TextEncoder().encode(textOf(definition));
      const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
      return [{ definition, hash: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") }];
    }),
  );
  return registerDefinitions(all.flat());
}

/** Performs work until the signal of the options fires: then it is rejected with the signal's reason, and what is begun ends by itself. */
async function until<T>(options: Options, own: readonly string[], work: () => Promise<T>): Promise<T> {
  checkOptions(options, own);
  const { signal } = options;
  signal?.throwIfAborted();
  const working = work();
  if (!signal) return working;
  working.catch(() => {}); // it may fail after the signal
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([working, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Reads a specification, opens an engine for it and works with both, while the definitions of the options are held. */
async function performed<T>(
  platform: Platform,
  given: Specification,
  options: Options,
  change: (specification: Parsed) => Parsed,
  work: (specification: Parsed, engine: Engine, pool: Pool) => Promise<T>,
): Promise<T> {
  const { define = [] } = options;
  const release = define.length > 0 ? await register(define, platform) : undefined;
  try {
    const specification = reading(() => {
      refuseForbiddenKeys(given);
      return change(parseSpecification(given));
    });
    const ensembles = specification.points.map(({ ensemble }) => ensemble);
    const { engine, pool } = await platform.open(options, ensembles);
    try {
      if (release) await (await import("../verification/definitions.ts")).checkDefinitions(engine);
      reading(() => engine.check(ensembles));
      options.signal?.throwIfAborted();
      return await work(specification, engine, pool);
    } finally {
      await Promise.all([engine.close(), pool.close()]);
    }
  } finally {
    release?.();
  }
}

function headOf({ points: _, ...head }: SweepReport, { points }: Parsed): Head {
  const used = definitionsOf(points.map(({ ensemble }) => ensemble)).map(({ definition, hash }) => [nameOf(definition), hash]);
  return { ...head, ...(used.length > 0 && { definitions: Object.fromEntries(used) }) };
}

const watching = ({ signal, onProgress }: Options) => ({ signal: signal ?? new AbortController().signal, onProgress });

/** Follows all runs of a specification. @param arriving makes of the engine's kind what gets the runs as they are done */
const followed = <Own>(
  platform: Platform,
  given: Specification,
  options: SimulateOptions<Own>,
  arriving: (parsed: Parsed, engine: Engine["kind"]) => (portion: FollowedPortion, chunk: () => Chunk) => void | Promise<void>,
): Promise<SimulationSummary<Own>> => {
  const { verify, statistics } = options;
  return performed(
    platform,
    given,
    options,
    (parsed) => parsed,
    async (parsed, engine, pool) => {
      if (verify !== undefined && !(Number.isInteger(verify) && verify >= 0))
        throw new SinkflowError("input", `verify: expected a whole number from 0, got ${show(verify)}`);
      const own = statistics && new OwnStatistics(statistics);
      const arrived = arriving(parsed, engine.kind);
      const report = await runSweep(parsed, engine, pool, {
        ...watching(options),
        ...(verify !== undefined && { samples: verify }),
        onPart: async ({ portions }) => {
          for (const portion of portions) {
            let made: Chunk | undefined;
            const chunk = () => {
              made ??= chunkOf(parsed, portion, engine.kind);
              return made;
            };
            own?.add(chunk());
            await arrived(portion, chunk);
          }
        },
      });
      options.onProgress?.(1);
      const points = report.points.map(({ ensemble: _, ...point }, i) => ({ ...point, ...(own && { statistics: own.of(i) }) }));
      return { ...headOf(report, parsed), points };
    },
  );
};

function chunkOf({ points }: Parsed, portion: FollowedPortion, engine: Engine["kind"]): Chunk {
  const { point, first, count } = portion;
  const { ensemble, parameters } = points[point] as Parsed["points"][number];
  const columns = new PointColumns(ensemble, engine, count);
  columns.take(portion, 0);
  return { point, parameters, first, count, rows: columns.rows, ...(columns.vectors && { vectors: columns.vectors }) };
}

/** Options of `simulate` and `simulateChunks` alone. */
const ownToSimulate = ["verify", "statistics"];

/** The calls of the library on a machine. */
export const libraryOn = (platform: Platform) => ({
  /**
   * Follows all runs of a specification, as `sinkflow run` does, and gives the statistics of each point of its grid with the columns of its
   * runs, which must fit memory. The numbers are those of the command line.
   *
   * Throws SpecificationError with `path` for a wrong specification; SinkflowError with `failure` for a wrong definition or option ("input") and
   * for want of a device ("device"); the signal's reason where it fires.
   */
  simulate: <Own = unknown>(specification: Specification, options: SimulateOptions<Own> = {}): Promise<Simulation<Own>> =>
    until(options, ownToSimulate, async () => {
      let columns: PointColumns[] = [];
      const { points, ...head } = await followed(platform, specification, options, (parsed, engine) => {
        columns = parsed.points.map(({ ensemble }) => new PointColumns(ensemble, engine));
        return (portion) => columns[portion.point]?.take(portion, portion.first);
      });
      const withRows = (point: PointSummary<Own>, i: number): Point<Own> => {
        const { rows, vectors } = columns[i] as PointColumns;
        return { ...point, rows, ...(vectors && { vectors }) };
      };
      return { ...head, points: points.map(withRows) };
    }),

  /**
   * Follows all runs of a specification and hands them out in chunks as they are done, for `for await`; `summary()` then gives the statistics.
   * The numbers are those of `simulate`, in memory that does not grow with the number of runs. It begins with the first chunk that is asked
   * for, and waits for who takes them: no more than three parts are computed ahead. A loop that is left ends it.
   *
   * A wrong option is thrown at once. The loop and `summary()` throw what else `simulate` throws.
   */
  simulateChunks: <Own = unknown>(specification: Specification, options: SimulateOptions<Own> = {}): Chunks<SimulationSummary<Own>> => {
    checkOptions(options, ownToSimulate);
    return chunksOf(
      (give, stop) =>
        until(options, ownToSimulate, () => {
          const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop;
          return followed(platform, specification, { ...options, signal }, () => (_, chunk) => give(chunk()));
        }),
      options.signal,
    );
  },

  /**
   * Follows some runs of each point on a device and in float64, and compares all that comes of them, as `sinkflow verify` does. It throws what
   * `simulate` throws.
   */
  verify: (specification: Specification, options: VerifyOptions = {}): Promise<VerificationReport> => {
    const { runs = 64 } = options;
    const some = (ensemble: Ensemble): Ensemble => ({
      ...ensemble,
      runs,
      record: { ...ensemble.record, trajectories: 0, vectors: false },
    });
    return until(options, ["runs"], () =>
      performed(
        platform,
        specification,
        { ...options, engine: "webgpu" },
        ({ canonical, points }) => {
          if (!(Number.isInteger(runs) && runs >= 1))
            throw new SinkflowError("input", `runs: expected a whole number from 1, got ${show(runs)}`);
          if (options.engine === "cpu")
            throw new SinkflowError(
              "input",
              "engine: expected webgpu or auto, got cpu, which is the reference that others are verified against",
            );
          return { canonical, points: points.map(({ parameters, ensemble }) => ({ parameters, ensemble: some(ensemble) })) };
        },
        async (parsed, engine, pool) => {
          const report = await runSweep(parsed, engine, pool, { ...watching(options), samples: runs });
          options.onProgress?.(1);
          const points = report.points.map(({ parameters, verification }) => ({ parameters, ...(verification && { verification }) }));
          return { ...headOf(report, parsed), points };
        },
      ),
    );
  },
});
