import { narrow } from "./adapter.ts";

/** What a device is asked for. Each call has a number, counted over all devices of a `Faulty`. */
export const calls = [
  "requestDevice",
  "createBuffer",
  "createComputePipelineAsync",
  "createShaderModule",
  "writeBuffer",
  "dispatchWorkgroups",
  "copyBufferToBuffer",
  "clearBuffer",
  "submit",
  "onSubmittedWorkDone",
  "mapAsync",
  "getMappedRange",
] as const;
export type Call = (typeof calls)[number];

/**
 * What goes wrong at a call. `lose`: the device is lost, and says so a moment later. `hang`: it is lost, and what was awaited stays pending.
 * `refuse`: the call fails: memory is not there, a pipeline or a mapping is rejected. `drop`: nothing is done. `half`: half of the workgroups.
 * `zero`, `stale`: what is read is 0, or what was read before. `beyond`: a word behind a buffer that kernels write is changed.
 */
export type Fault = "lose" | "hang" | "refuse" | "drop" | "half" | "zero" | "stale" | "beyond";

// biome-ignore lint/suspicious/noExplicitAny: methods of any type
type Method = (...args: any[]) => any;
type Patched = Record<string, Method>;

const never = new Promise<never>(() => {});
const storage = 0x80; // GPUBufferUsage.STORAGE
const pipelineError = () => Object.assign(new Error("injected"), { reason: "internal" });

/** An adapter whose devices fail as `faultAt` says, which is asked at every call. */
export class Faulty {
  /** The calls so far. */
  readonly made: Call[] = [];
  /** Devices that were asked for. */
  devices = 0;
  private lastRead: ArrayBuffer | undefined;

  constructor(
    private readonly find: () => Promise<GPUAdapter | null>,
    private readonly faultAt: (call: Call, number: number, device: number, args: readonly unknown[]) => Fault | undefined,
    private readonly words = 2 ** 20,
  ) {}

  readonly adapter = async (): Promise<GPUAdapter> => {
    const adapter = narrow((await this.find()) as GPUAdapter, this.words);
    const request = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      this.devices++;
      const fault = this.ask("requestDevice", []);
      if (fault === "refuse") throw new Error("injected");
      const device = await request(descriptor);
      const lose = this.patch(device);
      if (fault === "lose") lose();
      return device;
    };
    return adapter;
  };

  private ask(call: Call, args: readonly unknown[]): Fault | undefined {
    this.made.push(call);
    return this.faultAt(call, this.made.length - 1, this.devices, args);
  }

  /** Patches the methods of a device. Returns what loses it. */
  private patch(device: GPUDevice): () => void {
    let lost: (info: GPUDeviceLostInfo) => void = () => {};
    Object.defineProperty(device, "lost", { value: new Promise((resolve) => (lost = resolve)) });
    const { queue } = device;
    Object.defineProperty(device, "queue", { value: queue });
    const lose = () => {
      device.destroy();
      setTimeout(() => lost({ reason: "unknown", message: "injected" } as GPUDeviceLostInfo), 5);
    };
    /** Errors that are injected into the scopes that are open. */
    const scopes: { filter: string; error?: { message: string } }[] = [];
    const written: GPUBuffer[] = [];
    const beyond = (buffer: GPUBuffer) => write(buffer, buffer.size - 4, Uint32Array.of(7));

    /** Replaces a method by one that may fail: `faults` has what takes its place. */
    const replace = (object: object, call: Call, faults: Partial<Record<Fault, Method>>, after?: Method): Method => {
      const methods = object as Patched;
      const original = (methods[call] as Method).bind(object);
      methods[call] = (...args) => {
        const fault = this.ask(call, args);
        if (fault === "lose" || fault === "hang") lose();
        if (fault === "beyond") for (const buffer of written.slice(-1)) beyond(buffer);
        const act = (fault && faults[fault]) ?? original;
        const result = act(...args);
        after?.(result, ...args);
        return result;
      };
      return original;
    };

    const methods = device as unknown as Patched;
    const push = (methods["pushErrorScope"] as Method).bind(device);
    const pop = (methods["popErrorScope"] as Method).bind(device);
    methods["pushErrorScope"] = (filter) => {
      scopes.push({ filter });
      push(filter);
    };
    methods["popErrorScope"] = () => {
      const injected = scopes.pop()?.error;
      return pop().then((error: unknown) => injected ?? error);
    };
    const create: Method = replace(
      device,
      "createBuffer",
      {
        refuse: (descriptor) => {
          const scope = scopes.findLast(({ filter }) => filter === "out-of-memory");
          if (scope) scope.error = { message: "injected" };
          return create({ ...descriptor, usage: 0 }); // is invalid, and so is what uses it
        },
      },
      (buffer: GPUBuffer) => {
        if (buffer.usage & storage) written.push(buffer);
        replace(buffer, "mapAsync", { refuse: () => Promise.reject(new Error("injected")), hang: () => never });
        replace(
          buffer,
          "getMappedRange",
          {
            refuse: () => {
              throw new RangeError("injected: Array buffer allocation failed");
            },
            zero: (_, bytes) => new ArrayBuffer(bytes),
            stale: (_, bytes) => {
              const old = new Uint8Array(bytes);
              if (this.lastRead) old.set(new Uint8Array(this.lastRead).subarray(0, bytes));
              return old.buffer;
            },
          },
          (read: ArrayBuffer) => {
            this.lastRead = read.slice(0);
          },
        );
      },
    );
    replace(device, "createShaderModule", {});
    replace(device, "createComputePipelineAsync", { refuse: () => Promise.reject(pipelineError()), hang: () => never });
    const write = replace(queue, "writeBuffer", { drop: () => {} });
    replace(queue, "submit", { drop: () => {} });
    replace(queue, "onSubmittedWorkDone", { hang: () => never });
    const encode = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = () => {
      const encoder = encode();
      replace(encoder, "copyBufferToBuffer", { drop: () => {} });
      replace(encoder, "clearBuffer", { drop: () => {} });
      const begin = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = () => {
        const pass = begin();
        const dispatch: Method = replace(pass, "dispatchWorkgroups", {
          drop: () => {},
          half: (count) => count > 1 && dispatch(Math.floor(count / 2)),
        });
        return pass;
      };
      return encoder;
    };
    return lose;
  }
}

/** The faults that are possible at each call. */
export const possible: Record<Call, readonly Fault[]> = {
  requestDevice: ["lose", "refuse"],
  createBuffer: ["lose", "refuse"],
  createShaderModule: ["lose"],
  createComputePipelineAsync: ["lose", "hang", "refuse"],
  writeBuffer: ["lose", "drop"],
  dispatchWorkgroups: ["drop", "half", "beyond"],
  copyBufferToBuffer: ["drop"],
  clearBuffer: ["drop"],
  submit: ["lose", "drop", "beyond"],
  onSubmittedWorkDone: ["lose", "hang"],
  mapAsync: ["lose", "hang", "refuse"],
  getMappedRange: ["refuse", "zero", "stale"],
};
