import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { moment } from "../clock.ts";
import { colorOf } from "../panels/sidePanel.tsx";
import type { Outcome } from "../protocol.ts";
import { atRest, type Camera, matrixOf, seenAt, turned, zoomed } from "./camera.ts";
import { cornersOf, placesOf } from "./embedding.ts";
import { openRenderer, type Paths, type Renderer } from "./renderer.ts";

/** Most tokens whose corners are named. */
const mostNamed = 16;
const keyTurn = 0.12;
/** After a device was lost: a browser needs a while to start its GPU process anew. */
const reopenMs = 1500;

const rgb = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as [number, number, number];

/** The paths of the first runs through the simplex of weights, one of them strong, seen by a camera that can be moved. */
export function Space({ left, right, run }: { left: Outcome; right: Outcome; run: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [renderer, setRenderer] = useState<Renderer | "none" | undefined>(undefined);
  const [camera, setCamera] = useState<Camera>(atRest);
  const [size, setSize] = useState<[number, number]>([0, 0]);
  const [losses, setLosses] = useState(0);

  useEffect(() => {
    let [opened, gone]: [Renderer | undefined, boolean] = [undefined, false];
    if (canvas.current)
      openRenderer(canvas.current)
        .catch(() => undefined)
        .then((next) => {
          opened = next;
          if (gone) next?.close();
          else setRenderer(next ?? "none");
          next?.lost.then(() => setTimeout(() => setLosses((before) => before + 1), reopenMs));
        });
    return () => {
      gone = true;
      opened?.close();
      setRenderer(undefined);
    };
  }, [losses]);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (!entry || !canvas.current) return;
      const { width, height } = entry.contentRect;
      const ratio = Math.min(2, devicePixelRatio);
      canvas.current.width = Math.max(1, Math.round(width * ratio));
      canvas.current.height = Math.max(1, Math.round(height * ratio));
      setSize([width, height]);
    });
    if (canvas.current) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, []);

  const scene = useMemo(() => {
    const corners = cornersOf(left.sampled.tokens, left.sampled.shares);
    const all = [left, right].map((outcome) => ({ outcome, places: placesOf(outcome.sampled.shares, corners) }));
    const edges = corners.length <= 4 ? corners.flatMap((a, i) => corners.slice(i + 1).map((b) => [...a, 0, ...b, 0])) : [];
    return { corners, all, edges: new Float32Array(edges.flat()) };
  }, [left, right]);

  const paths = useMemo((): Paths[] => {
    const frame: Paths[] = scene.edges.length > 0 ? [{ places: scene.edges, times: 2, color: [0.5, 0.5, 0.5, 0.7], width: 1 }] : [];
    const sets = scene.all.map(({ outcome, places }) => {
      const times = outcome.sampled.times.length;
      const color = rgb(colorOf(outcome.point.normalizer.kind));
      return { places, times, color, own: places.slice(4 * run * times, 4 * (run + 1) * times) };
    });
    return [
      ...frame,
      ...sets.map(({ places, times, color }): Paths => ({ places, times, color: [...color, 0.3], width: 1 })),
      ...sets.map(({ own, times, color }): Paths => ({ places: own, times, color: [...color, 1], width: 3 })),
    ];
  }, [scene, run]);

  const [width, height] = size;
  const matrix = useMemo(() => matrixOf(camera, width / height || 1), [camera, width, height]);
  useEffect(() => {
    if (!renderer || renderer === "none" || width === 0) return;
    return effect(() => renderer.draw(paths, matrix, moment.value));
  }, [renderer, paths, matrix, width]);

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, (camera: Camera) => Camera> = {
      ArrowLeft: (c) => turned(c, -keyTurn, 0),
      ArrowRight: (c) => turned(c, keyTurn, 0),
      ArrowUp: (c) => turned(c, 0, keyTurn),
      ArrowDown: (c) => turned(c, 0, -keyTurn),
      "+": (c) => zoomed(c, 0.9),
      "=": (c) => zoomed(c, 0.9),
      "-": (c) => zoomed(c, 1.1),
      Home: () => atRest,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    setCamera(move);
  };
  const onPointerMove = (event: PointerEvent) => {
    if (event.buttons === 1) setCamera((c) => turned(c, -event.movementX * 0.008, event.movementY * 0.008));
  };
  const tokens = left.sampled.tokens;
  const where =
    tokens === 3
      ? "the triangle of three weights"
      : tokens === 4
        ? "the tetrahedron of four weights"
        : `the space of ${tokens} weights, along its three principal axes`;
  return (
    <figure class="space" aria-label="Paths in space">
      <h3>Paths in space</h3>
      <div
        class="stage"
        hidden={renderer === "none"}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is turned by keyboard
        tabIndex={0}
        aria-label={`Paths of the runs through ${where}. Arrow keys turn, plus and minus zoom, Home resets.`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
      >
        <canvas ref={canvas} />
        {tokens <= mostNamed &&
          scene.corners.map((corner, token) => {
            const { x, y } = seenAt(matrix, corner);
            return (
              <span key={token} class="corner" aria-hidden="true" style={{ left: `${100 * x}%`, top: `${100 * y}%` }}>{`${token}`}</span>
            );
          })}
      </div>
      <p class="buttons" hidden={renderer === "none"}>
        <button type="button" onClick={() => setCamera((c) => zoomed(c, 0.85))} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => setCamera((c) => zoomed(c, 1 / 0.85))} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => setCamera(atRest)}>
          Reset view
        </button>
      </p>
      <figcaption>
        {renderer === "none"
          ? "Paths in space are drawn by WebGPU, which this browser does not offer."
          : `The first ${left.sampled.runs} runs through ${where}; corner i is where token i has everything. The run under the lens is drawn bold, runs in the colors of their normalizers. Drag or use the arrow keys to turn, + and − to zoom, Home to reset; in numbers, the shares above are the same paths.`}
      </figcaption>
    </figure>
  );
}
