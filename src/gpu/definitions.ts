import { type AnyDefinition, axisOfDefinition, kindOf, nameOf } from "../model/definitions.ts";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Evaluated } from "../model/result.ts";
import { parseEnsemble } from "../model/specification.ts";
import { stateCount, stateDim, stateInput } from "../model/states.ts";
import { composeCheck, composeReadable, definitionHeader } from "./compose.ts";
import { firstLine, type OpenDevice } from "./device.ts";
import { type Mapping, mappingOf, noTraits } from "./mapping.ts";
import { batchFields, pack } from "./structs.ts";

/** The ensemble that a definition is tried in, and ways to deal a run over lanes: over one, and over several that sum together. */
function ensembleFor(definition: AnyDefinition): { ensemble: Ensemble; mappings: Mapping[] } {
  const axis = axisOfDefinition(definition);
  const ensemble = parseEnsemble({
    tokens: stateDim,
    dim: stateDim,
    ...(axis === "column" ? { record: { columns: [kindOf(definition)] } } : { [axis]: kindOf(definition) }),
    ...(axis === "normalizer" && { loss: "square" }),
  });
  const lanes = { count: 4, subgroupLanes: 1, ...(axis === "loss" && { memory: true }) };
  return {
    ensemble,
    mappings: [mappingOf(ensemble, { reduce: false }, noTraits), mappingOf(ensemble, { reduce: false, lanes }, noTraits)],
  };
}

/** Compiles a module. Throws SinkflowError("input") with line and column of the definition's own WGSL where that does not compile. */
async function compiled({ device, orFault }: OpenDevice, definition: AnyDefinition, code: string): Promise<GPUShaderModule> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const [{ messages }] = await orFault(Promise.all([module.getCompilationInfo(), device.popErrorScope()]));
  const error = messages.find(({ type }) => type === "error");
  if (!error) return module;
  const lines = code.split("\n");
  const before = lines.indexOf(definitionHeader(axisOfDefinition(definition), kindOf(definition))) + 1;
  const line = error.lineNum - before;
  const message = firstLine(error.message);
  const isOwn = line >= 1 && line <= definition.wgsl.split("\n").length;
  const where = isOwn ? `line ${line}, column ${error.linePos} of its WGSL` : "its WGSL does not fit the program";
  throw new SinkflowError("input", `${nameOf(definition)}: ${where}: ${message}, in: ${lines[error.lineNum - 1]?.trim() ?? ""}`);
}

/** What a kernel gives at every state, where all are given one behind the other: `words` numbers each. */
async function onDevice(
  opened: OpenDevice,
  module: GPUShaderModule,
  { lanes, workgroup }: Mapping,
  inputs: Float32Array<ArrayBuffer>,
  words: number,
) {
  const { device } = opened;
  const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 };
  const types: GPUBufferBindingType[] = ["uniform", "read-only-storage", "storage"];
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })), // 4: GPUShaderStage.COMPUTE
  });
  const pipeline = await opened.orFault(
    device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "check" },
    }),
  );
  const buffers: GPUBuffer[] = [];
  const buffer = (size: number, flags: number) => {
    const made = device.createBuffer({ size, usage: flags });
    buffers.push(made);
    return made;
  };
  try {
    const fields = Object.fromEntries(batchFields.map(({ name }) => [name, 0]));
    const parameters = pack(batchFields, { ...fields, end_place: stateCount });
    const size = 4 * words * stateCount;
    const bound = [
      buffer(parameters.byteLength, usage.uniform | usage.copyTarget),
      buffer(inputs.byteLength, usage.storage | usage.copyTarget),
      buffer(size, usage.storage | usage.copySource),
    ] as const;
    const staging = buffer(size, usage.mapRead | usage.copyTarget);
    device.queue.writeBuffer(bound[0], 0, parameters);
    device.queue.writeBuffer(bound[1], 0, inputs);
    const encoder = device.createCommandEncoder();
    const computePass = encoder.beginComputePass();
    computePass.setPipeline(pipeline);
    computePass.setBindGroup(
      0,
      device.createBindGroup({ layout, entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })) }),
    );
    computePass.dispatchWorkgroups(Math.ceil((stateCount * lanes.count) / workgroup));
    computePass.end();
    encoder.copyBufferToBuffer(bound[2], 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await opened.orFault(staging.mapAsync(1)); // GPUMapMode.READ
    return new Float32Array(staging.getMappedRange().slice(0));
  } finally {
    for (const made of buffers) made.destroy();
  }
}

/**
 * What the WGSL of a definition gives on `stateCount` random states, under each way to deal a run over lanes: the loss, then its gradient; or
 * the weights, then the pullback; or the number of a column. Throws SinkflowError("input") with line and column of its WGSL where that does not compile.
 */
export async function evaluateDefinition(opened: OpenDevice, definition: AnyDefinition): Promise<Evaluated[]> {
  const axis = axisOfDefinition(definition);
  const { ensemble, mappings } = ensembleFor(definition);
  const inputs = Float32Array.from(Array.from({ length: stateCount }, (_, state) => [...stateInput(definition, state)]).flat());
  const words = { loss: stateDim + 1, normalizer: 2 * stateDim, column: 1 }[axis];
  if (axis !== "column") await compiled(opened, definition, composeReadable(ensemble, "flow", mappings[0]));
  const evaluated: Evaluated[] = [];
  for (const mapping of mappings) {
    const module = await compiled(opened, definition, composeCheck(ensemble, axis, mapping));
    evaluated.push({ lanes: mapping.lanes.count, numbers: await onDevice(opened, module, mapping, inputs, words) });
  }
  return evaluated;
}
