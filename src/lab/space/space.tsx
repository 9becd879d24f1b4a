import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { playhead } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import { type Camera, initialCamera, keyMoves, matrixOf, seenAt, turned, zoomed } from "./camera.ts";
import { useCanvasSize, useRenderer } from "./canvas.ts";
import { pathsOf, sceneOf } from "./scene.ts";

/** Corners are labeled up to this many tokens. */
const maxLabels = 16;
/** Radians that the camera turns by for each pixel that the pointer moves. */
const turnPerPixel = 0.008;

/** Paths of the recorded runs through the simplex of shares, seen by a camera that the reader moves; one run is drawn bold. */
export function Space({ left, right, run }: { left: LabResult; right: LabResult; run: number }) {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const renderer = useRenderer(canvas);
  const [width, height] = useCanvasSize(canvas);
  const [camera, setCamera] = useState(initialCamera);
  const scene = useMemo(() => sceneOf(left, right), [left, right]);
  const paths = useMemo(() => pathsOf(scene, run), [scene, run]);
  const matrix = useMemo(() => matrixOf(camera, width / height || 1), [camera, width, height]);
  const isUnavailable = renderer === "unavailable";
  useEffect(() => {
    if (!renderer || renderer === "unavailable" || width === 0) return;
    return effect(() => renderer.draw(paths, matrix, playhead.value));
  }, [renderer, paths, matrix, width]);

  const onKeyDown = (event: KeyboardEvent) => {
    const move = keyMoves[event.key];
    if (!move) return;
    event.preventDefault();
    setCamera(move);
  };
  const onPointerMove = ({ buttons, movementX, movementY }: PointerEvent) => {
    if (buttons === 1) setCamera((camera) => turned(camera, -movementX * turnPerPixel, movementY * turnPerPixel));
  };
  const { tokens, runs } = left.sampled;
  const where = nameOf(tokens);
  return (
    <figure class="space" aria-label="Paths in space">
      <h3>Paths in space</h3>
      <div
        class="stage"
        hidden={isUnavailable}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is turned by keyboard
        tabIndex={0}
        aria-label={`Paths of the runs through ${where}. Arrow keys turn, plus and minus zoom, Home resets.`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
      >
        <canvas ref={canvas} />
        {tokens <= maxLabels &&
          scene.corners.map((corner, token) => {
            const { x, y } = seenAt(matrix, corner);
            return (
              <span key={token} class="corner" aria-hidden="true" style={{ left: `${100 * x}%`, top: `${100 * y}%` }}>{`${token}`}</span>
            );
          })}
      </div>
      <p class="buttons" hidden={isUnavailable}>
        {buttons.map(({ text, name, move }) => (
          <button key={name} type="button" onClick={() => setCamera(move)} aria-label={name}>
            {text}
          </button>
        ))}
      </p>
      <figcaption>
        {isUnavailable
          ? "Paths in space are drawn by WebGPU, which this browser does not offer."
          : `The first ${runs} runs through ${where}; corner i is where token i has everything. The run under the lens is drawn bold, runs in the colors of their normalizers. Drag or use the arrow keys to turn, + and − to zoom, Home to reset; in numbers, the shares above are the same paths.`}
      </figcaption>
    </figure>
  );
}

function nameOf(tokens: number): string {
  if (tokens === 3) return "the triangle of three weights";
  if (tokens === 4) return "the tetrahedron of four weights";
  return `the space of ${tokens} weights, along its three principal axes`;
}

const buttons: readonly { text: string; name: string; move: (camera: Camera) => Camera }[] = [
  { text: "+", name: "Zoom in", move: (camera) => zoomed(camera, 0.85) },
  { text: "−", name: "Zoom out", move: (camera) => zoomed(camera, 1 / 0.85) },
  { text: "Reset view", name: "Reset view", move: () => initialCamera },
];
