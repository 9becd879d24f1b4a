import type { Point } from "../model/point.ts";
import type { Reduction } from "../model/reductions.ts";
import { compose, composeReadable, type EntryPoint, entryPoints, type ProgramName } from "./compose.ts";

/** The pipelines of an ensemble, one an entry point. */
export type Pipelines = Record<EntryPoint, GPUComputePipeline>;

/** Pipelines by the source of their program: two ensembles that differ only in runs or seed share theirs. */
export class PipelineCache {
  /** Of every binding, in their order: shaders/bindings.wgsl. */
  readonly layout: GPUBindGroupLayout;
  private readonly compiled = new Map<string, Promise<GPUComputePipeline>>();
  private readonly modules = new Map<string, Promise<GPUShaderModule>>();
  private readonly device: GPUDevice;

  constructor(device: GPUDevice) {
    this.device = device;
    const read = "read-only-storage";
    const types: GPUBufferBindingType[] = ["uniform", read, "storage", "storage", "storage", "storage", "storage", "storage", read];
    this.layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })), // 4: GPUShaderStage.COMPUTE
    });
  }

  async pipelines(point: Point, reduction: Reduction): Promise<Pipelines> {
    const names = Object.keys(entryPoints) as EntryPoint[];
    const entries = names.map(async (name) => [name, await this.pipeline(point, reduction, name)] as const);
    return Object.fromEntries(await Promise.all(entries)) as Pipelines;
  }

  private pipeline(point: Point, reduction: Reduction, entryPoint: EntryPoint): Promise<GPUComputePipeline> {
    const program: ProgramName = entryPoints[entryPoint];
    // By the source as written: unrolling it takes a while, and adds nothing.
    const subgroups = this.device.features.has("subgroups");
    const source = composeReadable(point, program, reduction, subgroups);
    const key = `${entryPoint}\n${source}`;
    let pipeline = this.compiled.get(key);
    if (!pipeline) {
      let module = this.modules.get(source);
      if (!module) {
        module = createModule(this.device, compose(point, program, reduction, subgroups));
        this.modules.set(source, module);
      }
      pipeline = module.then((made) => this.build(made, entryPoint));
      this.compiled.set(key, pipeline);
    }
    return pipeline;
  }

  private build(module: GPUShaderModule, entryPoint: EntryPoint): Promise<GPUComputePipeline> {
    const layout = this.device.createPipelineLayout({ bindGroupLayouts: [this.layout] });
    return this.device.createComputePipelineAsync({ layout, compute: { module, entryPoint } });
  }
}

/** Compiles, and throws with the lines of the composed source at which the compiler stumbled. */
export async function createModule(device: GPUDevice, code: string): Promise<GPUShaderModule> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const [info] = await Promise.all([module.getCompilationInfo(), device.popErrorScope()]);
  const errors = info.messages.filter(({ type }) => type === "error");
  if (errors.length === 0) return module;
  const lines = code.split("\n");
  const shown = errors.slice(0, 5).map(({ lineNum, linePos, message }) => {
    const source = lines[lineNum - 1]?.trim() ?? "";
    return `line ${lineNum}, column ${linePos}: ${message.split("\n")[0]}, in: ${source}`;
  });
  throw new Error(`the composed shader (--print-wgsl) does not compile: ${shown.join("\n")}`);
}
