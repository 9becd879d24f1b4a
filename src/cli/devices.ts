import { describeAdapter } from "../gpu/device.ts";
import { adapterNames, findAdapter, isDawnInstalled, noAdapter } from "../node.ts";
import { print } from "./terminal.ts";

const limitNames = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBuffersPerShaderStage",
] as const;

/** `sinkflow devices`: adapters, features, limits, and which engine `auto` would take. */
export async function devicesCommand({ json }: { json?: boolean }): Promise<void> {
  const chosen = await findAdapter();
  const adapters = [];
  for (const name of await adapterNames()) {
    const adapter = await findAdapter(name);
    if (!adapter) continue;
    adapters.push({
      name,
      ...describeAdapter(adapter),
      features: [...adapter.features].sort(),
      limits: Object.fromEntries(limitNames.map((limit) => [limit, adapter.limits[limit]])),
    });
  }
  const report = { adapters, auto: { engine: chosen ? "webgpu" : "cpu", adapter: chosen ? describeAdapter(chosen) : null } };
  if (json) print(JSON.stringify(report));
  else {
    for (const { name, vendor, description, features, limits } of adapters)
      print(
        [
          name,
          `  vendor ${vendor}; ${description}`,
          `  limits: ${Object.entries(limits)
            .map(([key, value]) => `${key} ${value}`)
            .join(", ")}`,
          `  features: ${features.join(", ")}`,
        ].join("\n"),
      );
    if (adapters.length === 0)
      print(`No WebGPU adapter: ${isDawnInstalled() ? "no Vulkan, Metal or D3D12 driver was found" : noAdapter()}.`);
    print(`--engine auto takes ${chosen ? `WebGPU on ${chosen.info.description || chosen.info.device}` : "the CPU engine, in float64"}.`);
  }
}
