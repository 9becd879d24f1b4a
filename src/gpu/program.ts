import type { Ensemble } from "../model/ensemble.ts";
import { compose, composeReadable, type EntryPoint, entryPoints, type ProgramName } from "./compose.ts";
import { firstLine, type OpenDevice } from "./device.ts";
import type { Mapping } from "./mapping.ts";

const read = "read-only-storage";
const bindingTypes = ["uniform", read, "storage", "storage", "storage", "storage", "storage", "storage"] as const;

/** Bytes of each of these, no less than `struct Batch` takes. */
const idleBytes = 1024;

/**
 * Programs that a device keeps, at most, those that were used last: a family has two, which take some 50 MB on lavapipe. Two parts, which may be prepared
 * at a time, have 32 families at most.
 */
export const maxPrograms = 64;

/** Pipelines by the source of their program: two ensembles that differ only in runs or seed share theirs. */
export class PipelineCache {
  /** The bindings that shaders/bindings.wgsl declares, in their order. */
  readonly layout: GPUBindGroupLayout;
  private readonly programs = new Map<string, Program>();
  /** The source of each program of an ensemble: composing it takes some 3 ms, and every part of a sweep asks for ten pipelines. */
  private readonly sources = new WeakMap<Ensemble, Map<string, string>>();
  /** Pipelines that were dispatched once. */
  private readonly warm = new WeakMap<GPUComputePipeline, Promise<void>>();
  /** Bindings for such a dispatch: a batch without places. */
  private idle: GPUBindGroup | undefined;
  private readonly opened: OpenDevice;

  /** @param most programs that are kept */
  constructor(
    opened: OpenDevice,
    private readonly most = maxPrograms,
  ) {
    this.opened = opened;
    const { device } = opened;
    this.layout = device.createBindGroupLayout({
      entries: bindingTypes.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })), // 4: GPUShaderStage.COMPUTE
    });
  }

  /** The pipeline of one entry point, once it was dispatched over no places: a driver may compile a pipeline only when it is first used. */
  async ready(ensemble: Ensemble, mapping: Mapping, entryPoint: EntryPoint): Promise<GPUComputePipeline> {
    const pipeline = await this.pipeline(ensemble, mapping, entryPoint);
    const warmed = this.warm.get(pipeline) ?? this.dispatched(pipeline);
    this.warm.set(pipeline, warmed);
    await warmed;
    return pipeline;
  }

  private async dispatched(pipeline: GPUComputePipeline): Promise<void> {
    const { opened } = this;
    const { device } = opened;
    this.idle ??= device.createBindGroup({
      layout: this.layout,
      entries: bindingTypes.map((type, binding) => {
        const usage = type === "uniform" ? 0x40 : 0x80; // GPUBufferUsage.UNIFORM, STORAGE
        return { binding, resource: { buffer: device.createBuffer({ size: idleBytes, usage }) } };
      }),
    });
    const encoder = device.createCommandEncoder();
    const computePass = encoder.beginComputePass();
    computePass.setPipeline(pipeline);
    computePass.setBindGroup(0, this.idle);
    computePass.dispatchWorkgroups(1);
    computePass.end();
    device.queue.submit([encoder.finish()]);
    await opened.orFault(device.queue.onSubmittedWorkDone());
    opened.check();
  }

  /** The pipeline of one entry point. Its compilation, on other threads, begins with this call. */
  pipeline(ensemble: Ensemble, mapping: Mapping, entryPoint: EntryPoint): Promise<GPUComputePipeline> {
    const program: ProgramName = entryPoints[entryPoint];
    // The key is the source before unrolling, which takes a while: unrolled sources differ only if these do.
    const sources = this.sources.get(ensemble) ?? new Map<string, string>();
    this.sources.set(ensemble, sources);
    const source = once(sources, `${program} ${JSON.stringify(mapping)}`, () => composeReadable(ensemble, program, mapping));
    const { opened, programs } = this;
    const { device } = opened;
    const used = programs.get(source) ?? { compiled: checkedModule(device, compose(ensemble, program, mapping)), pipelines: new Map() };
    programs.delete(source); // so that it is the last
    programs.set(source, used);
    for (const oldest of programs.keys()) {
      if (programs.size <= this.most) break;
      programs.delete(oldest); // whoever uses its pipelines still has them
    }
    const { module, checked } = used.compiled;
    return once(used.pipelines, entryPoint, async () => {
      const layout = device.createPipelineLayout({ bindGroupLayouts: [this.layout] });
      const pipeline = opened.orFault(device.createComputePipelineAsync({ layout, compute: { module, entryPoint } })).catch((error) => {
        // "validation" is a defect of the program, which every device finds.
        throw error.reason === "internal" ? opened.fail(`the device could not compile a program: ${firstLine(error.message)}`) : error;
      });
      pipeline.catch(() => {}); // if the module does not compile, `checked` says more
      await opened.orFault(checked);
      return pipeline;
    });
  }
}

/** A program and those of its pipelines that were asked for, by entry point. */
interface Program {
  compiled: CheckedModule;
  pipelines: Map<EntryPoint, Promise<GPUComputePipeline>>;
}

/** The value at a key of a cache, made if it is missing. */
function once<K, T>(cache: Map<K, T>, key: K, make: () => T): T {
  const value = cache.get(key) ?? make();
  cache.set(key, value);
  return value;
}

/** A module, and a promise that is rejected if it does not compile, with the lines of the source that the errors are in. */
interface CheckedModule {
  module: GPUShaderModule;
  checked: Promise<void>;
}

export function checkedModule(device: GPUDevice, code: string): CheckedModule {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const checked = Promise.all([module.getCompilationInfo(), device.popErrorScope()]).then(([{ messages }]) => {
    const errors = messages.filter(({ type }) => type === "error");
    if (errors.length === 0) return;
    const lines = code.split("\n");
    const shown = errors.slice(0, 5).map(({ lineNum, linePos, message }) => {
      const source = lines[lineNum - 1]?.trim() ?? "";
      return `line ${lineNum}, column ${linePos}: ${message.split("\n")[0]}, in: ${source}`;
    });
    throw new Error(`the composed shader (--print-wgsl) does not compile: ${shown.join("\n")}`);
  });
  checked.catch(() => {}); // a failure is reported where a pipeline is awaited
  return { module, checked };
}
