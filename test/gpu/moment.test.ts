import { describe, expect, it } from "vitest";
import { compose } from "../../src/gpu/compose.ts";
import { checkedModule } from "../../src/gpu/program.ts";
import { endOf } from "../../src/model/ensemble.ts";
import { momentOf, recordedSteps, tickOf } from "../../src/model/moment.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { findAdapter } from "../../src/node.ts";

describe("a moment", () => {
  it("is exact to 10⁻¹⁶ of the end time, and ends where a fixed step says", () => {
    for (const time of [0, 1e-9, 0.1, 1 / 3, 12345.678, 1e6]) {
      const ensemble = parseEnsemble({ tokens: 2 });
      const { ticks, rest } = momentOf(ensemble, time);
      expect(Math.abs(ticks * tickOf(ensemble) + rest - time)).toBeLessThanOrEqual(1e6 * 2 ** -54);
      expect(rest).toBeLessThan(tickOf(ensemble));
    }
    for (const step of [0.1, 0.3, 1 / 3, 7e-5, 3])
      for (const steps of [1, 3, 7, 999, 1e7]) {
        const ensemble = parseEnsemble({ tokens: 2, integrator: { kind: "euler", step }, until: { steps } });
        expect(momentOf(ensemble, endOf(ensemble))).toEqual({ ticks: steps, rest: 0 });
      }
    // A time that is a multiple of the step but for the step's last digit.
    const near = parseEnsemble({ tokens: 2, integrator: { kind: "euler", step: 0.666666666667 }, until: { time: 1000 } });
    expect(momentOf(near, endOf(near))).toEqual({ ticks: 1500, rest: 0 });
    expect(recordedSteps(near)?.at(-1)).toBe(1500);
    const beyond = parseEnsemble({ tokens: 2, integrator: { kind: "euler", step: 0.666666666666 }, until: { time: 1000 } });
    expect(recordedSteps(beyond)?.at(-1)).toBe(1500);
  });

  it("takes a thousand steps of 10⁻³ at t = 10⁶ on the device, where float32 would not move", async () => {
    const ensemble = parseEnsemble({ tokens: 2, until: { time: 2e6 } });
    const device = await (await findAdapter())?.requestDevice();
    if (!device) throw new Error("no device");
    const { ticks: startTicks, rest: startRest } = momentOf(ensemble, 1e6);
    const start = `Moment(${startTicks}u, f32(${startRest}))`;
    const entryPoint = `
@compute @workgroup_size(1)
fn add_steps() {
  TICK = f32(${tickOf(ensemble)});
  var m = ${start};
  for (var i = 0; i < 1000; i++) { m = moment_after(m, 1e-3); }
  rows[0] = m.ticks;
  rows[1] = bitcast<u32>(m.rest);
  rows[2] = bitcast<u32>(between(${start}, m));
}`;
    const { module, checked } = checkedModule(device, compose(ensemble, "flow") + entryPoint);
    await checked;
    const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "add_steps" } });
    const rows = device.createBuffer({ size: 64, usage: 128 | 4 });
    const read = device.createBuffer({ size: 64, usage: 1 | 8 });
    const entries = [{ binding: 4, resource: { buffer: rows } }];
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(rows, 0, read, 0, 64);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(1);
    const result = new Uint32Array(read.getMappedRange().slice(0));
    device.destroy();
    const [ticks = 0] = result;
    const [, rest = 0, moved = 0] = new Float32Array(result.buffer);
    // A thousand roundings of a rest below a tick of 2⁻¹⁰, and of 10⁻³ to float32: together 10⁻⁷.
    expect(Math.abs(ticks * tickOf(ensemble) + rest - 1e6 - 1)).toBeLessThan(1e-6);
    expect(Math.abs(moved - 1)).toBeLessThan(1e-6);
  });
});
