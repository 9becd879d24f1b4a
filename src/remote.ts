import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Limits } from "./gpu/layout.ts";
import { structureWithin } from "./gpu/structure.ts";
import { type AnyDefinition, definitions, type Registered } from "./model/definitions.ts";
import type { Ensemble } from "./model/ensemble.ts";
import { DeviceFault, type Failure, SinkflowError } from "./model/errors.ts";
import type { AdapterDescription, Engine, Evaluated, Followed, RunBatch, RunOptions, Segment, SegmentResult } from "./model/result.ts";
import { copyOf, type HandedTallies, Tallies } from "./model/tallies.ts";

/** What the process with the device is asked for. */
export type Asked =
  | { open: string | undefined; definitions: Registered[] }
  | { prepare: Ensemble; options: Structural }
  | { id: number; segments: readonly Segment[]; options: Structural }
  | { id: number; evaluate: AnyDefinition }
  | { taken: number }
  | { stop: number };

/** What it answers. What is handed over has a number: the next batch comes when it is taken. */
export type Answer =
  | { opened: { adapter: AdapterDescription; limits: Limits } | null; failed?: Failed }
  | { id: number; progress: number }
  | { id: number; number: number; batch: RunBatch }
  | {
      id: number;
      number: number;
      segment: number;
      result: Omit<SegmentResult, "tallies">;
      tallies?: HandedTallies;
    }
  | { id: number; result: unknown }
  | { id: number; failed: Failed };

/** An error, as it goes from process to process. */
export interface Failed {
  message: string;
  failure?: Failure;
  fault?: { wantsLess: boolean };
}

type Structural = Pick<RunOptions, "reduce" | "lanes" | "trials">;

const errorOf = ({ message, failure, fault }: Failed): Error => {
  if (fault) return new DeviceFault(message, fault.wantsLess);
  return failure ? new SinkflowError(failure, message) : new Error(message);
};

const interrupted = () => new SinkflowError("interrupted", "interrupted");

/** Of a definition what a device needs: not its functions, which no process can hand to another. */
const withoutTwin = (definition: AnyDefinition) =>
  Object.fromEntries(Object.entries(definition).filter(([, value]) => typeof value !== "function")) as unknown as AnyDefinition;
/** The form of a normalizer is told by a function: the name is kept. */
const dataOf = (definition: AnyDefinition) =>
  ("forward" in definition ? { ...withoutTwin(definition), forward: undefined } : withoutTwin(definition)) as unknown as AnyDefinition;

interface Pending {
  options: RunOptions;
  /** Whether it was told to stop: nobody waits for how it ends. */
  isStopped?: boolean;
  resolve(result: unknown): void;
  reject(error: Error): void;
  /** Rejects it at once, and has the process end it when it can. */
  stop(error: Error): void;
}

/** A process with a device. It keeps this one alive only while it is asked for something that was not told to stop. */
class DeviceProcess {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private opening: { resolve(answer: Extract<Answer, { opened: unknown }>): void; reject(error: Error): void } | undefined;
  private chatter = "";
  private count = 0;
  private ended: Error | undefined;

  constructor() {
    const program = fileURLToPath(new URL("./engineProcess.js", import.meta.url));
    this.child = fork(program, [], { stdio: ["ignore", "pipe", "pipe", "ipc"], serialization: "advanced", execArgv: [] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      (stream as unknown as { unref?(): void } | null)?.unref?.();
      stream?.on("data", (data: Buffer) => {
        this.chatter = (this.chatter + data.toString()).slice(-4096);
      });
    }
    this.child.on("message", (answer: Answer) => this.take(answer));
    this.child.on("error", (error) => this.end(error.message));
    this.child.on("exit", (code, signal) => this.end(signal ? `was ended by ${signal}` : `ended with code ${code}`));
    this.rest();
  }

  get hasEnded(): boolean {
    return this.ended !== undefined;
  }

  /** Whether it is asked for nothing. */
  get isAtRest(): boolean {
    return this.isFree && this.pending.size === 0;
  }

  /** Whether nobody waits for what it does. */
  get isFree(): boolean {
    return !this.hasEnded && !this.opening && [...this.pending.values()].every(({ isStopped }) => isStopped);
  }

  open(adapter: string | undefined, held: Registered[]): Promise<Extract<Answer, { opened: unknown }>> {
    return new Promise((resolve, reject) => {
      this.opening = { resolve, reject };
      this.post({ open: adapter, definitions: held });
    });
  }

  /** What it answers. Rejects with SinkflowError("interrupted") as soon as the signal fires. */
  ask(
    asked: { evaluate: AnyDefinition } | { segments: readonly Segment[]; options: Structural },
    options: RunOptions = {},
  ): Promise<unknown> {
    if (this.ended) return Promise.reject(this.ended);
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(interrupted());
    const id = this.count++;
    let abort = () => {};
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        options,
        resolve,
        reject,
        stop: (error) => {
          pending.isStopped = true;
          this.post({ stop: id });
          reject(error);
        },
      };
      abort = () => pending.stop(interrupted());
      signal?.addEventListener("abort", abort, { once: true });
      this.pending.set(id, pending);
      this.post({ ...asked, id } as Asked);
    }).finally(() => signal?.removeEventListener("abort", abort));
  }

  post(asked: Asked): void {
    if (this.ended || !this.child.connected) return;
    this.child.ref();
    this.child.channel?.ref();
    this.child.send(asked, () => {}); // that it is gone is told by its end
    this.rest();
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
    this.child.kill();
  }

  private rest(): void {
    if (!this.isFree && !this.hasEnded) return;
    this.child.unref();
    this.child.channel?.unref();
  }

  private end(how: string): void {
    const last = this.chatter.trim().split("\n").at(-1);
    this.ended ??= new DeviceFault(`the process with the device ${how}${last ? `: ${last}` : ""}`);
    this.opening?.reject(this.ended);
    this.opening = undefined;
    for (const { reject } of this.pending.values()) reject(this.ended);
    this.pending.clear();
  }

  private take(answer: Answer): void {
    if ("opened" in answer) {
      this.opening?.resolve(answer);
      this.opening = undefined;
      this.rest();
      return;
    }
    const pending = this.pending.get(answer.id);
    if (!pending) return;
    const { options, resolve, reject } = pending;
    if ("progress" in answer) {
      if (!pending.isStopped) options.onProgress?.(answer.progress);
    } else if ("number" in answer) {
      const handing = async () => {
        if (pending.isStopped) return;
        if ("batch" in answer) await options.onBatch?.(answer.batch);
        else {
          const tallies = answer.tallies && Tallies.of(copyOf(answer.tallies)); // the arrays of a message share its buffer
          await options.onSegment?.(answer.segment, { ...answer.result, ...(tallies && { tallies }) });
        }
      };
      handing()
        .catch(pending.stop)
        .finally(() => this.post({ taken: answer.number }));
    } else {
      this.pending.delete(answer.id);
      this.rest();
      if ("failed" in answer) reject(errorOf(answer.failed));
      else resolve(answer.result);
    }
  }
}

const structural = ({ reduce, lanes, trials }: RunOptions): Structural => ({
  ...(reduce !== undefined && { reduce }),
  ...(lanes && { lanes }),
  ...(trials !== undefined && { trials }),
});

type Opened = NonNullable<Extract<Answer, { opened: unknown }>["opened"]>;

/** A process with a device that no engine has. */
interface Idle {
  /** What it was opened with: the adapter, and the definitions that its programs have. */
  key: string;
  process: DeviceProcess;
  opened: Opened;
  /** How many engines had it. */
  engines: number;
  timer: ReturnType<typeof setTimeout>;
}
let idle: Idle | undefined;

/** How long a process waits for the next engine, which finds its programs compiled; ms. It doesn't keep this process alive. */
const idleMs = 10_000;
/** How many engines have a process, one after the other: it keeps every program, some 20 MB each. */
const maxEngines = 16;

/** The idle process that was opened like this, if there is one. Any other is ended, and one that has not come to rest yet. */
function takeIdle(key?: string): Pick<Idle, "process" | "opened" | "engines"> | undefined {
  const found = idle;
  if (!found) return undefined;
  idle = undefined;
  clearTimeout(found.timer);
  if (found.key === key && found.process.isAtRest) return found;
  found.process.close();
  return undefined;
}

function giveIdle({ key, process, opened, engines }: Omit<Idle, "timer">): void {
  if (idle || engines >= maxEngines || !process.isFree) {
    process.close();
    return;
  }
  const timer = setTimeout(takeIdle, idleMs);
  timer.unref();
  idle = { key, process, opened, engines, timer };
}

/**
 * The WebGPU engine in a process of its own, which the next engine may take over; undefined where this machine has no adapter. Where that process
 * ends, `follow` throws DeviceFault and may be called again: another one is started. Throws SinkflowError("device") for a name that no adapter has.
 * @param adapter its name or a part of it; by default the machine's best
 */
export async function openRemoteEngine(adapter?: string): Promise<Engine | undefined> {
  const held = definitions().map(({ definition, ...rest }) => ({ ...rest, definition: dataOf(definition) }));
  const key = JSON.stringify([adapter, held]);
  const start = async () => {
    const process = new DeviceProcess();
    const { opened, failed } = await process.open(adapter, held);
    if (opened) return { process, opened, engines: 0 };
    process.close();
    if (failed) throw errorOf(failed);
    return undefined;
  };
  const first = takeIdle(key) ?? (await start());
  if (!first) return undefined;
  let { process } = first;
  const { adapter: description, limits } = first.opened;
  let renewal: Promise<DeviceProcess> | undefined;
  /** The process; a new one, if the last has ended: one for all that ask. */
  const sound = async (): Promise<DeviceProcess> => {
    if (!process.hasEnded) return process;
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };
  const renew = async (): Promise<DeviceProcess> => {
    const next = await start();
    if (!next) throw new DeviceFault("the adapter is gone after a fault");
    if (JSON.stringify(next.opened) !== JSON.stringify(first.opened)) {
      next.process.close();
      throw new SinkflowError(
        "device",
        `expected the adapter ${description.description} again after a fault, got ${next.opened.adapter.description}`,
      );
    }
    process = next.process;
    return process;
  };
  return {
    kind: "webgpu",
    adapter: description,
    ...structureWithin(limits),
    prepare: async (ensemble, options = {}) => process.post({ prepare: ensemble, options: structural(options) }),
    evaluate: async (definition) => (await sound()).ask({ evaluate: dataOf(definition) }) as Promise<Evaluated[]>,
    follow: async (segments, options = {}) => (await sound()).ask({ segments, options: structural(options) }, options) as Promise<Followed>,
    close: async () => giveIdle({ ...first, key, process, engines: first.engines + 1 }),
  };
}
