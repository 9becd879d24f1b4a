import type { Pool } from "../ensemble/perform.ts";
import { definitionsOf, nameOf, type Registered, textOf } from "../model/definitions.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { FieldError, SinkflowError, show } from "../model/errors.ts";
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
import { interruptible, until } from "./interruption.ts";
import {
  type ColumnsOf,
  checkOptions,
  type Defining,
  type KindsOf,
  type Options,
  type SimulateOptions,
  type VerifyOptions,
} from "./options.ts";
import type { Specification } from "./specification.ts";
import { OwnStatistics } from "./statistics.ts";

/** The statistics of one point of a grid: the JSON that `sinkflow run --json` has of it. */
export type PointSummary<Own = unknown> = EnsembleReport & {
  /** The values of the grid's keys. */
  parameters: Record<string, unknown>;
} & OfStatistics<Own>;

/** Without the option `statistics` their type is unknown. */
type OfStatistics<Own> = unknown extends Own
  ? {
      /** With the option `statistics`: what they gave, by name. */
      statistics?: Own;
    }
  : { statistics: Own };

/** Results of one point of a grid: its statistics, and its rows. */
export type Point<Own = unknown, Columns extends string = never> = PointSummary<Own> & {
  /** The columns of its runs, by name: `runs` numbers each. */
  rows: PointRows<Columns>;
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
  /** The hash of each definition that the specification uses, by `loss KIND`, `normalizer KIND` or `column NAME`. */
  definitions?: Record<string, string>;
  /** What took the time of the call, in milliseconds and shares of these; and its memory in bytes. */
  timing?: SweepTiming;
  /** Of all points together. `exceeded` says that a bound was exceeded. */
  verification?: Verification;
}

/** What `simulate` gives. */
export interface Simulation<Own = unknown, Columns extends string = never> extends Head {
  /** One for each combination of the grid's values. */
  points: Point<Own, Columns>[];
}

/** What is said of all runs of a specification that come in chunks. */
export interface SimulationSummary<Own = unknown> extends Head {
  /** One for each combination of the grid's values. */
  points: PointSummary<Own>[];
}

/** What `verify` gives. */
export interface VerificationReport extends Head {
  /** One for each combination of the grid's values. */
  points: { parameters: Record<string, unknown>; verification?: Verification }[];
}

/** What a machine has. */
export interface Platform {
  /** Where the float64 reference is computed, with the definitions that are held now. */
  pool(): Pool;
  /**
   * Opens an engine. Throws SinkflowError("device") where there is no such device.
   * @param ensembles what it is to run: where that is beyond WebGPU, `auto` takes the CPU
   * @param pool what the CPU engine computes on
   */
  open(options: Options, ensembles: readonly Ensemble[], pool: Pool): Promise<Engine>;
  /** The definitions of a module. */
  load(address: URL | string): Promise<Registered[]>;
}

/** Registers definitions and those of modules, with what checks them, which no other call loads. Gives back what takes them away again. */
async function register(given: readonly Defining[], platform: Platform): Promise<() => void> {
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

/** Reads a specification, opens an engine for it and works with both, while the definitions of the options are held. */
async function performed<T>(
  platform: Platform,
  given: Specification,
  options: Options,
  change: (specification: Parsed) => Parsed,
  work: (specification: Parsed, engine: Engine, pool: Pool) => Promise<T>,
): Promise<T> {
  const { define = [], signal } = options;
  const release = define.length > 0 ? await register(define, platform) : undefined;
  try {
    const specification = reading(() => {
      if (typeof given !== "object" || given === null) throw new FieldError([], `specification: expected an object, got ${show(given)}`);
      refuseForbiddenKeys(given);
      return change(parseSpecification(given));
    });
    const ensembles = specification.points.map(({ ensemble }) => ensemble);
    const pool = interruptible(platform.pool(), signal);
    let engine: Engine | undefined;
    try {
      engine = await platform.open(options, ensembles, pool);
      const { check } = engine;
      if (release) await (await import("../verification/definitions.ts")).checkDefinitions(engine);
      reading(() => check(ensembles));
      signal?.throwIfAborted();
      return await work(specification, engine, pool);
    } finally {
      await Promise.all([engine?.close(), pool.close()]);
    }
  } finally {
    release?.();
  }
}

function headOf({ points: _, ...head }: SweepReport, { points }: Parsed): Head {
  const used = definitionsOf(points.map(({ ensemble }) => ensemble)).map(({ definition, hash }) => [nameOf(definition), hash]);
  return { ...head, ...(used.length > 0 && { definitions: Object.fromEntries(used) }) };
}

const watching = ({ signal, onProgress }: Options) => ({
  signal: signal ?? new AbortController().signal,
  onProgress: onProgress && ((done: number) => onProgress(done)),
});

/** Follows all runs of a specification. @param arriving makes of the engine's kind what gets the runs as they are done */
const followed = async <Own>(
  platform: Platform,
  given: Specification,
  options: SimulateOptions<Own>,
  arriving: (parsed: Parsed, engine: Engine["kind"]) => (portion: FollowedPortion, chunk: () => Chunk) => void | Promise<void>,
): Promise<SimulationSummary<Own>> => {
  const { verify, statistics } = options;
  if (verify !== undefined && !(Number.isInteger(verify) && verify >= 0))
    throw new SinkflowError("input", `verify: expected a whole number from 0, got ${show(verify)}`);
  const own = statistics && new OwnStatistics(statistics);
  return performed(
    platform,
    given,
    options,
    (parsed) => parsed,
    async (parsed, engine, pool) => {
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
      const points = report.points.map(
        ({ ensemble: _, ...point }, i) => ({ ...point, ...(own && { statistics: own.of(i) }) }) as PointSummary<Own>,
      );
      return { ...headOf(report, parsed), points };
    },
  );
};

function chunkOf({ points }: Parsed, portion: FollowedPortion, engine: Engine["kind"]): Chunk {
  const { point, first, count } = portion;
  const { ensemble, parameters } = points[point] as Parsed["points"][number];
  const columns = new PointColumns(ensemble, engine, count);
  columns.take(portion, 0);
  return { point, parameters, first, count, ...columns.held };
}

/** Options of `simulate` and `simulateChunks` alone. */
const ownToSimulate = ["verify", "statistics"];

/** The calls of the library on a machine: src/index.ts says what they do. */
export const libraryOn = (platform: Platform) => ({
  simulate: async <Own = unknown, const Define extends readonly Defining[] = readonly never[]>(
    specification: Specification<KindsOf<Define>>,
    options: SimulateOptions<Own, Define> = {},
  ): Promise<Simulation<Own, ColumnsOf<Define>>> => {
    checkOptions(options, ownToSimulate);
    return until(options.signal, async () => {
      let columns: PointColumns[] = [];
      const { points, ...head } = await followed(platform, specification, options, (parsed, engine) => {
        columns = parsed.points.map(({ ensemble }) => new PointColumns(ensemble, engine));
        return (portion) => columns[portion.point]?.take(portion, portion.first);
      });
      return {
        ...head,
        points: points.map((point, i): Point<Own, ColumnsOf<Define>> => ({ ...point, ...(columns[i] as PointColumns).held })),
      };
    });
  },

  simulateChunks: <Own = unknown, const Define extends readonly Defining[] = readonly never[]>(
    specification: Specification<KindsOf<Define>>,
    options: SimulateOptions<Own, Define> = {},
  ): Chunks<SimulationSummary<Own>, ColumnsOf<Define>> => {
    checkOptions(options, ownToSimulate);
    return chunksOf((give, stop) => {
      const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop;
      return until(signal, () => followed(platform, specification, { ...options, signal }, () => (_, chunk) => give(chunk())));
    }, options.signal);
  },

  verify: async <const Define extends readonly Defining[] = readonly never[]>(
    specification: Specification<KindsOf<Define>>,
    options: VerifyOptions<Define> = {},
  ): Promise<VerificationReport> => {
    checkOptions(options, ["runs"]);
    const { runs = 64 } = options;
    if (!(Number.isInteger(runs) && runs >= 1)) throw new SinkflowError("input", `runs: expected a whole number from 1, got ${show(runs)}`);
    if ((options as Options).engine === "cpu")
      throw new SinkflowError("input", "engine: expected webgpu or auto, got cpu, which is the reference that others are verified against");
    const some = (ensemble: Ensemble): Ensemble => ({
      ...ensemble,
      runs,
      record: { ...ensemble.record, trajectories: 0, vectors: false },
    });
    const someOf = ({ canonical, points }: Parsed): Parsed => ({
      canonical,
      points: points.map(({ parameters, ensemble }) => ({ parameters, ensemble: some(ensemble) })),
    });
    return until(options.signal, () =>
      performed(platform, specification, { ...options, engine: "webgpu" }, someOf, async (parsed, engine, pool) => {
        const report = await runSweep(parsed, engine, pool, { ...watching(options), samples: runs });
        options.onProgress?.(1);
        const points = report.points.map(({ parameters, verification }) => ({ parameters, ...(verification && { verification }) }));
        return { ...headOf(report, parsed), points };
      }),
    );
  },
});
