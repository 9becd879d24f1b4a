import { doing, mostOnCpu, opened, problem, progress } from "../session.ts";

/** What is being done, what computes, and what is wrong. */
export function Status() {
  const device = opened.value;
  return (
    <section class="status" aria-label="State">
      {problem.value !== undefined && (
        <p role="alert" class="problem">
          {problem.value}
        </p>
      )}
      {device?.kind === "cpu" && (
        <p class="note">
          This browser offers no WebGPU adapter, so the CPU computes, in float64, up to {mostOnCpu.toLocaleString("en")} runs. A recent
          Chrome, Edge, Safari or Firefox has WebGPU; where it is off, its settings or the system's graphics driver may say why.
        </p>
      )}
      <p role="status">
        {doing.value ?? (device ? `All runs followed${device.kind === "webgpu" ? ` on ${nameOf(device.adapter)}` : ""}.` : "")}
      </p>
      {doing.value !== undefined && (
        <progress max={1} {...(progress.value !== undefined && { value: progress.value })} aria-label="Progress" />
      )}
    </section>
  );
}

const nameOf = (adapter: { description: string; device: string; vendor: string; architecture: string } | null) =>
  adapter?.description || adapter?.device || [adapter?.vendor, adapter?.architecture].filter(Boolean).join(" ") || "the device";
