import { channelsOf, colorOf } from "../colors.ts";
import type { Lens } from "./camera.ts";
import { type Paths, type Scene, seenPaths } from "./scene.ts";

/** A point that is seen nearer than this to the last one of its path is not drawn, in pixels. */
const leastMove = 0.5;
/** In CSS pixels; the halo of the text's color lies under the bold path. */
const widths = { pale: 1, bold: 3, halo: 6 };
const paleOpacity = 0.3;

type Seen = Paths & { seen: Float32Array };

/** What is painted: a scene, seen through a lens, on a canvas of this many pixels, `ratio` of them for a CSS pixel. */
interface View {
  scene: Scene;
  lens: Lens;
  width: number;
  height: number;
  ratio: number;
}

/** Adds a run's path to the context's path, from one place in time to another, both in recorded times from 0. */
function trace(context: CanvasRenderingContext2D, { seen, times }: Seen, run: number, from: number, to: number): void {
  const at = 2 * run * times;
  const [first, last] = [Math.floor(from), Math.floor(to)];
  let [x, y] = [Number.NaN, Number.NaN];
  const go = (slot: number, isEnd: boolean) => {
    const [low, part] = [Math.min(times - 1, Math.floor(slot)), slot - Math.floor(slot)];
    const high = Math.min(times - 1, low + 1);
    const mixed = (axis: number) => (1 - part) * (seen[at + 2 * low + axis] as number) + part * (seen[at + 2 * high + axis] as number);
    const [nextX, nextY] = [mixed(0), mixed(1)];
    if (Number.isNaN(x)) context.moveTo(nextX, nextY);
    else if (!isEnd && Math.abs(nextX - x) + Math.abs(nextY - y) < leastMove) return;
    else context.lineTo(nextX, nextY);
    [x, y] = [nextX, nextY];
  };
  go(from, false);
  for (let slot = first + 1; slot <= last; slot++) go(slot, slot === last && last === to);
  if (to > last) go(to, true);
}

/**
 * Paints paths on a canvas: all runs pale, and one bold. The pale ones stay on a layer of their own, to which a later time only adds;
 * so a frame of the film costs little.
 */
export class Painter {
  private readonly layer = document.createElement("canvas");
  private view: View | undefined;
  private ensembles: readonly Seen[] = [];
  /** Up to which recorded time the layer is painted. */
  private painted = 0;

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** @param until how far along the paths, 0 to 1 */
  paint(view: View, run: number, until: number): void {
    if (view !== this.view) {
      this.view = view;
      this.ensembles = view.scene.ensembles.map((paths) => ({ ...paths, seen: seenPaths(paths, view.lens, view.width, view.height) }));
      this.painted = Number.POSITIVE_INFINITY;
    }
    const context = this.canvas.getContext("2d");
    if (!context) return;
    this.addPale(view, until);
    context.clearRect(0, 0, view.width, view.height);
    if (view.scene.hasEdges) this.paintEdges(context, view);
    context.drawImage(this.layer, 0, 0);
    context.lineJoin = context.lineCap = "round"; // so that a path that does not move is a dot
    const halo = getComputedStyle(this.canvas).color;
    for (const paths of this.ensembles)
      for (const [color, width] of [
        [halo, widths.halo],
        [colorOf(paths.normalizer), widths.bold],
      ] as const) {
        context.strokeStyle = color;
        context.lineWidth = width * view.ratio;
        context.beginPath();
        trace(context, paths, Math.min(run, paths.runs - 1), 0, until * (paths.times - 1));
        context.stroke();
      }
  }

  /** Paints the paths of all runs on the layer, from where it is painted to. */
  private addPale({ width, height, ratio }: View, until: number): void {
    const { layer } = this;
    const context = layer.getContext("2d");
    if (!context) return;
    if (until < this.painted) {
      layer.width = width; // which clears it
      layer.height = height;
      this.painted = 0;
    }
    if (until === this.painted) return;
    context.lineWidth = widths.pale * ratio;
    for (const paths of this.ensembles) {
      context.strokeStyle = `rgba(${channelsOf(paths.normalizer).join(", ")}, ${paleOpacity})`;
      const [from, to] = [this.painted, until].map((part) => part * (paths.times - 1)) as [number, number];
      for (let run = 0; run < paths.runs; run++) {
        context.beginPath();
        trace(context, paths, run, from, to);
        context.stroke();
      }
    }
    this.painted = until;
  }

  private paintEdges(context: CanvasRenderingContext2D, { scene: { corners }, lens, width, height, ratio }: View): void {
    context.strokeStyle = "rgba(128, 128, 128, 0.7)";
    context.lineWidth = ratio;
    context.beginPath();
    const seen = corners.map(lens);
    for (const [i, [x, y]] of seen.entries())
      for (const [otherX, otherY] of seen.slice(i + 1)) {
        context.moveTo(x * width, y * height);
        context.lineTo(otherX * width, otherY * height);
      }
    context.stroke();
  }
}
