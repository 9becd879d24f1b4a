import type { Ensemble } from "../model/ensemble.ts";
import { compose, composeReadable, type EntryPoint, entryPoints, type ProgramName } from "./compose.ts";
import { firstLine, type OpenDevice } from "./device.ts";
import type { Mapping } from "./mapping.ts";

/** Pipelines by the source of their program: two ensembles that differ only in runs or seed share theirs. */
export class PipelineCache {
  /** The bindings that shaders/bindings.wgsl declares, in their order. */
  readonly layout: GPUBindGroupLayout;
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private readonly modules = new Map<string, CheckedModule>();
  /** The source of each program of an ensemble: composing it takes some 3 ms, and every part of a sweep asks for ten pipelines. */
  private readonly sources = new WeakMap<Ensemble, Map<string, string>>();
  /** Pipelines that were dispatched once: a driver may compile a pipeline only when it is first used. */
  readonly warm = new WeakSet<GPUComputePipeline>();
  private readonly opened: OpenDevice;

  constructor(opened: OpenDevice) {
    this.opened = opened;
    const { device } = opened;
    const read = "read-only-storage";
    const types: GPUBufferBindingType[] = ["uniform", read, "storage", "storage", "storage", "storage", "storage", "storage"];
    this.layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })), // 4: GPUShaderStage.COMPUTE
    });
  }

  /** The pipeline of one entry point. Its compilation, on other threads, begins with this call. */
  pipeline(ensemble: Ensemble, mapping: Mapping, entryPoint: EntryPoint): Promise<GPUComputePipeline> {
    const program: ProgramName = entryPoints[entryPoint];
    // The key is the source before unrolling, which takes a while: unrolled sources differ only if these do.
    const sources = this.sources.get(ensemble) ?? new Map<string, string>();
    this.sources.set(ensemble, sources);
    const source = once(sources, `${program} ${JSON.stringify(mapping)}`, () => composeReadable(ensemble, program, mapping));
    return once(this.pipelines, `${entryPoint}\n${source}`, async () => {
      const { opened } = this;
      const { device } = opened;
      const { module, checked } = once(this.modules, source, () => checkedModule(device, compose(ensemble, program, mapping)));
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

/** The value at a key of a cache, made if it is missing. */
function once<T>(cache: Map<string, T>, key: string, make: () => T): T {
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
