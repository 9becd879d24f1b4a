import shader from "./paths.wgsl";

/** Paths to draw: [run][time], `placesOf`. */
export interface Paths {
  places: Float32Array<ArrayBuffer>;
  times: number;
  /** Red, green, blue and opacity, 0 … 1. */
  color: [number, number, number, number];
  /** In CSS pixels. */
  width: number;
}

const samples = 4;
const viewBytes = 112;

/** Draws paths on a canvas by WebGPU. */
export interface Renderer {
  draw(paths: readonly Paths[], matrix: Float32Array<ArrayBuffer>, until: number): void;
  /** Fulfilled, with the reason, when the device is lost otherwise than by `close`. */
  lost: Promise<string>;
  close(): void;
}

/** Undefined where there is no WebGPU adapter. */
export async function openRenderer(canvas: HTMLCanvasElement): Promise<Renderer | undefined> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  const context = canvas.getContext("webgpu");
  if (!adapter || !context) return undefined;
  const device = await adapter.requestDevice();
  const format = navigator.gpu.getPreferredCanvasFormat();
  context.configure({ device, format, alphaMode: "premultiplied" });
  const module = device.createShaderModule({ code: shader });
  const over = { srcFactor: "one", dstFactor: "one-minus-src-alpha" } as const;
  const pipeline = await device.createRenderPipelineAsync({
    layout: "auto",
    vertex: { module, entryPoint: "corner" },
    fragment: { module, entryPoint: "paint", targets: [{ format, blend: { color: over, alpha: over } }] },
    multisample: { count: samples },
  });
  // Of what has been drawn before, so that a new view costs nothing but its few numbers.
  const kept = new Map<Float32Array, GPUBuffer>();
  let target: GPUTexture | undefined;

  const placesBuffer = (places: Float32Array<ArrayBuffer>) => {
    const known = kept.get(places);
    if (known) return known;
    const buffer = device.createBuffer({ size: places.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, places);
    kept.set(places, buffer);
    return buffer;
  };

  function draw(paths: readonly Paths[], matrix: Float32Array<ArrayBuffer>, until: number): void {
    const { width, height } = canvas;
    if (target?.width !== width || target.height !== height) {
      target?.destroy();
      target = device.createTexture({ size: [width, height], format, sampleCount: samples, usage: GPUTextureUsage.RENDER_ATTACHMENT });
    }
    const used = new Set(paths.map(({ places }) => places));
    for (const [places, buffer] of kept)
      if (!used.has(places as Float32Array<ArrayBuffer>)) {
        buffer.destroy();
        kept.delete(places);
      }
    const ratio = width / canvas.clientWidth || 1;
    const encoder = device.createCommandEncoder();
    const views = paths.map(({ places, times, color, width: pixels }) => {
      const words = new Float32Array(viewBytes / 4);
      words.set(matrix, 0);
      words.set(color, 16);
      words.set([width, height, pixels * ratio, until * (times - 1)], 20);
      new Uint32Array(words.buffer)[24] = times;
      const view = device.createBuffer({ size: viewBytes, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
      device.queue.writeBuffer(view, 0, words);
      return { view, places: placesBuffer(places), segments: (places.length / 4 / times) * (times - 1) };
    });
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: target.createView(),
          resolveTarget: (context as GPUCanvasContext).getCurrentTexture().createView(),
          clearValue: [0, 0, 0, 0],
          loadOp: "clear",
          storeOp: "discard",
        },
      ],
    });
    pass.setPipeline(pipeline);
    for (const { view, places, segments } of views) {
      const entries = [view, places].map((buffer, binding) => ({ binding, resource: { buffer } }));
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      pass.draw(6, segments);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    for (const { view } of views) view.destroy(); // once the device is done with it
  }

  return {
    draw,
    lost: new Promise((resolve) => {
      device.lost.then(({ reason, message }) => {
        if (reason !== "destroyed") resolve(message);
      });
    }),
    close: () => device.destroy(),
  };
}
