import type { Point } from "../model/point.ts";
import { compose, type EntryPoint } from "./compose.ts";

/** A composed shader on a device; its pipelines are compiled when first asked for, together, and kept. */
export interface Program {
  layout: GPUBindGroupLayout;
  pipelines(entryPoints: readonly EntryPoint[]): Promise<Record<EntryPoint, GPUComputePipeline>>;
}

/** Programs by their source: two ensembles that differ only in runs or seed share one. */
export class ProgramCache {
  private readonly programs = new Map<string, Program>();
  private readonly device: GPUDevice;
  private readonly layout: GPUBindGroupLayout;

  constructor(device: GPUDevice) {
    this.device = device;
    const types: GPUBufferBindingType[] = ["uniform", "read-only-storage", "storage", "storage", "storage", "storage", "storage"];
    this.layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })), // 4: GPUShaderStage.COMPUTE
    });
  }

  program(point: Point): Program {
    const code = compose(point);
    let program = this.programs.get(code);
    if (!program) {
      program = this.build(code);
      this.programs.set(code, program);
    }
    return program;
  }

  private build(code: string): Program {
    const { device, layout } = this;
    const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
    const compiled = new Map<EntryPoint, Promise<GPUComputePipeline>>();
    let shaderModule: Promise<GPUShaderModule> | undefined;
    return {
      layout,
      pipelines: async (entryPoints) => {
        shaderModule ??= createModule(device, code);
        const module = await shaderModule;
        for (const entryPoint of entryPoints)
          if (!compiled.has(entryPoint))
            compiled.set(entryPoint, device.createComputePipelineAsync({ layout: pipelineLayout, compute: { module, entryPoint } }));
        const entries = entryPoints.map(async (name) => [name, await compiled.get(name)] as const);
        return Object.fromEntries(await Promise.all(entries)) as Record<EntryPoint, GPUComputePipeline>;
      },
    };
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
