import shader from "./paths.wgsl";

/** Paths to draw: [run][time], `placesOf`. */
export interface Paths {
  places: Float32Array<ArrayBuffer>;
  times: number;
  /** Red, green, blue and opacity, 0 … 1. */
  color: [red: number, green: number, blue: number, opacity: number];
  /** In CSS pixels. */
  width: number;
}

/** Samples a pixel, against jagged edges. */
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
  return new Renderer(canvas, context, device, pipeline, format);
}

/** Draws paths on a canvas by WebGPU. */
export class Renderer {
  private readonly canvas: HTMLCanvasElement;
  private readonly context: GPUCanvasContext;
  private readonly device: GPUDevice;
  private readonly pipeline: GPURenderPipeline;
  private readonly format: GPUTextureFormat;
  /** Buffers of the places that were drawn last, so that a new view uploads only its own few numbers. */
  private readonly uploaded = new Map<Float32Array, GPUBuffer>();
  private target: GPUTexture | undefined;
  /** Fulfilled, with the reason, when the device is lost otherwise than by `close`. */
  readonly lost: Promise<string>;

  constructor(
    canvas: HTMLCanvasElement,
    context: GPUCanvasContext,
    device: GPUDevice,
    pipeline: GPURenderPipeline,
    format: GPUTextureFormat,
  ) {
    this.canvas = canvas;
    this.context = context;
    this.device = device;
    this.pipeline = pipeline;
    this.format = format;
    this.lost = new Promise((resolve) => {
      device.lost.then(({ reason, message }) => {
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
    this.forgetAllBut(paths);
    const views = paths.map((one) => this.viewBuffer(one, matrix, until));
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: this.sizedTarget().createView(),
          resolveTarget: this.context.getCurrentTexture().createView(),
          clearValue: [0, 0, 0, 0],
          loadOp: "clear",
          storeOp: "discard",
        },
      ],
    });
    pass.setPipeline(this.pipeline);
    for (const [i, { places, times }] of paths.entries()) {
      const entries = [views[i] as GPUBuffer, this.placesBuffer(places)].map((buffer, binding) => ({ binding, resource: { buffer } }));
      pass.setBindGroup(0, this.device.createBindGroup({ layout: this.pipeline.getBindGroupLayout(0), entries }));
      const runs = places.length / 4 / times;
      pass.draw(6, runs * (times - 1)); // two triangles a segment
    }
    pass.end();
    this.device.queue.submit([encoder.finish()]);
    for (const view of views) view.destroy(); // takes effect after the submitted work
  }

  close(): void {
    this.device.destroy();
  }

  /** `View` of paths.wgsl for some paths. */
  private viewBuffer({ times, color, width }: Paths, matrix: Float32Array<ArrayBuffer>, until: number): GPUBuffer {
    const { width: pixels, height, clientWidth } = this.canvas;
    const ratio = pixels / clientWidth || 1;
    const words = new Float32Array(viewWords);
    words.set([...matrix, ...color, pixels, height, width * ratio, until * (times - 1)]);
    new Uint32Array(words.buffer)[24] = times;
    const buffer = this.device.createBuffer({ size: words.byteLength, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  }

  private placesBuffer(places: Float32Array<ArrayBuffer>): GPUBuffer {
    const known = this.uploaded.get(places);
    if (known) return known;
    const buffer = this.device.createBuffer({ size: places.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    this.device.queue.writeBuffer(buffer, 0, places);
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
    const { width, height } = this.canvas;
    if (this.target?.width !== width || this.target.height !== height) {
      this.target?.destroy();
      this.target = this.device.createTexture({
        size: [width, height],
        format: this.format,
        sampleCount,
        usage: GPUTextureUsage.RENDER_ATTACHMENT,
      });
    }
    return this.target;
  }
}
