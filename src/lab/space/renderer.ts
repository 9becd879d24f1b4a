import shader from "./paths.wgsl";

/** Paths to draw, all in one color and of one width. */
export interface Paths {
  /** [run][time], see `placesOf`. */
  places: Float32Array<ArrayBuffer>;
  times: number;
  /** Red, green, blue and opacity, 0 … 1. */
  color: [red: number, green: number, blue: number, opacity: number];
  /** In CSS pixels. */
  width: number;
}

/** Samples of each pixel: they smooth the edges. */
const sampleCount = 4;
/** Size of `View` in paths.wgsl, in words of 4 bytes. */
const viewWords = 28;

/** A renderer on a canvas; undefined where there is no WebGPU adapter. */
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
    multisample: { count: sampleCount },
  });
  return new Renderer({ canvas, context, device, pipeline, format });
}

interface Setup {
  canvas: HTMLCanvasElement;
  context: GPUCanvasContext;
  device: GPUDevice;
  pipeline: GPURenderPipeline;
  format: GPUTextureFormat;
}

/** Draws paths on a canvas by WebGPU. */
export class Renderer {
  private readonly setup: Setup;
  /** Buffers of the places that were drawn last, so that a new view uploads only its own few numbers. */
  private readonly uploaded = new Map<Float32Array, GPUBuffer>();
  private target: GPUTexture | undefined;
  /** Fulfilled, with the reason, when the device is lost for another reason than `close`. */
  readonly lost: Promise<string>;

  constructor(setup: Setup) {
    this.setup = setup;
    this.lost = new Promise((resolve) => {
      setup.device.lost.then(({ reason, message }) => {
        if (reason !== "destroyed") resolve(message);
      });
    });
  }

  /**
   * Draws paths, the last on top.
   * @param matrix from space to clip coordinates, `matrixOf`
   * @param until how far along the paths, 0 … 1
   */
  draw(paths: readonly Paths[], matrix: Float32Array<ArrayBuffer>, until: number): void {
    const { context, device, pipeline } = this.setup;
    this.forgetAllBut(paths);
    const views = paths.map((one) => this.viewBuffer(one, matrix, until));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: this.sizedTarget().createView(),
          resolveTarget: context.getCurrentTexture().createView(),
          clearValue: [0, 0, 0, 0],
          loadOp: "clear",
          storeOp: "discard",
        },
      ],
    });
    pass.setPipeline(pipeline);
    for (const [i, { places, times }] of paths.entries()) {
      const entries = [views[i] as GPUBuffer, this.placesBuffer(places)].map((buffer, binding) => ({ binding, resource: { buffer } }));
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      const runs = places.length / 4 / times;
      pass.draw(6, runs * (times - 1)); // two triangles a segment
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    for (const view of views) view.destroy(); // takes effect after the submitted work
  }

  close(): void {
    this.setup.device.destroy();
  }

  /** `View` of paths.wgsl for some paths. */
  private viewBuffer({ times, color, width }: Paths, matrix: Float32Array<ArrayBuffer>, until: number): GPUBuffer {
    const { canvas, device } = this.setup;
    const { width: pixels, height, clientWidth } = canvas;
    const ratio = pixels / clientWidth || 1;
    const words = new Float32Array(viewWords);
    words.set([...matrix, ...color, pixels, height, width * ratio, until * (times - 1)]);
    new Uint32Array(words.buffer)[24] = times;
    const buffer = device.createBuffer({ size: words.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  }

  private placesBuffer(places: Float32Array<ArrayBuffer>): GPUBuffer {
    const known = this.uploaded.get(places);
    if (known) return known;
    const { device } = this.setup;
    const buffer = device.createBuffer({ size: places.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, places);
    this.uploaded.set(places, buffer);
    return buffer;
  }

  private forgetAllBut(paths: readonly Paths[]): void {
    const used = new Set<Float32Array>(paths.map(({ places }) => places));
    for (const [places, buffer] of this.uploaded)
      if (!used.has(places)) {
        buffer.destroy();
        this.uploaded.delete(places);
      }
  }

  /** The multisampled texture, which has the size of the canvas. */
  private sizedTarget(): GPUTexture {
    const { canvas, device, format } = this.setup;
    const { width, height } = canvas;
    if (this.target?.width !== width || this.target.height !== height) {
      this.target?.destroy();
      this.target = device.createTexture({ size: [width, height], format, sampleCount, usage: GPUTextureUsage.RENDER_ATTACHMENT });
    }
    return this.target;
  }
}
