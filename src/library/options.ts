import type { AnyDefinition } from "../model/definitions.ts";
import { SinkflowError, show } from "../model/errors.ts";
import { suggestion } from "../model/suggestion.ts";
import type { StatisticsFor } from "./statistics.ts";

/** A `GPU` object of WebGPU, as `navigator.gpu` is one. */
export interface GpuObject {
  requestAdapter(options?: object): Promise<unknown>;
}

/** A device of WebGPU. */
export interface DeviceObject {
  readonly limits: object;
  readonly lost: Promise<unknown>;
}

/** What the option `define` takes: a definition, or the address of a module that has some. */
export type Defining = AnyDefinition | URL | string;

/** The kinds of losses and normalizers that are defined: any, where a module has them. */
export type KindsOf<Define extends readonly Defining[]> = KindOf<Define[number]>;
type KindOf<One> = One extends URL | string ? string : One extends { kind: infer Kind extends string } ? Kind : never;

/** The names of columns that are defined. */
export type ColumnsOf<Define extends readonly Defining[]> = Extract<Define[number], { name: string }>["name"];

/** Options of every call. */
export interface Options<Define extends readonly Defining[] = readonly Defining[]> {
  /**
   * What computes: `webgpu`, in float32; `cpu`, in float64; by default `auto`, WebGPU where there is an adapter that takes the
   * specification, else the CPU.
   */
  engine?: "auto" | "webgpu" | "cpu";
  /** Where adapters are asked for, in place of what the browser has, or of Dawn in Node. It is used in this process. */
  gpu?: GpuObject;
  /** A device to be used, as it is: it stays open. It is used in this process. */
  device?: DeviceObject;
  /** In Node: the adapter, by its name or a part of it. */
  adapter?: string;
  /**
   * Losses, normalizers and columns of one's own, for this call: definitions, or in Node the address of a module that has them as its default export,
   * as a URL or a path. Those of modules run on threads, others on the caller's.
   */
  define?: Define;
  /** Called from time to time with the share of the work that is done, from 0 to 1. */
  onProgress?: (done: number) => void;
  /** Interrupts the call, which is then rejected with the signal's reason. */
  signal?: AbortSignal;
}

export interface SimulateOptions<Own = unknown, Define extends readonly Defining[] = readonly Defining[]> extends Options<Define> {
  /** How many runs of each point are verified against the float64 reference on a device; by default 16, fewer for large points. */
  verify?: number;
  /** Statistics of one's own, by name; their values stand in `statistics` of each point. */
  statistics?: StatisticsFor<Own>;
}

export interface VerifyOptions<Define extends readonly Defining[] = readonly Defining[]> extends Omit<Options<Define>, "engine"> {
  /** What is compared with the float64 reference: a device in either case. */
  engine?: "auto" | "webgpu";
  /** How many runs of each point, in place of those of the specification; by default 64. */
  runs?: number;
}

const engines = ["auto", "webgpu", "cpu"];
const isFunction = (value: unknown) => typeof value === "function";
const method = (name: string) => (value: unknown) => isFunction((value as Record<string, unknown> | null)?.[name]);

/** What an option of every call must be, and a test of it. */
const expected: { readonly [Name in keyof Required<Options>]: readonly [what: string, is: (value: unknown) => boolean] } = {
  engine: [`one of ${engines.join(", ")}`, (value) => engines.includes(value as string)],
  gpu: ["a GPU object of WebGPU", method("requestAdapter")],
  device: ["a device of WebGPU", method("createBuffer")],
  adapter: ["the name of an adapter", (value) => typeof value === "string"],
  define: ["a list of definitions and addresses of modules", Array.isArray],
  onProgress: ["a function", isFunction],
  signal: ["an AbortSignal", method("throwIfAborted")],
};

/** Refuses options that there are not, and values that they can't have. Throws SinkflowError("input"). @param own names of options of this call alone */
export function checkOptions(options: object, own: readonly string[]): void {
  if (typeof options !== "object" || options === null)
    throw new SinkflowError("input", `options: expected an object, got ${show(options)}`);
  const names = [...Object.keys(expected), ...own];
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name))
      throw new SinkflowError("input", `${name}: unknown option; expected one of ${names.join(", ")}${suggestion(name, names)}`);
    const [what, is] = expected[name as keyof Options] ?? [];
    if (is && value !== undefined && !is(value)) throw new SinkflowError("input", `${name}: expected ${what}, got ${show(value)}`);
  }
}
