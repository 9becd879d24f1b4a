import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { none } from "../../model/columns.ts";
import { firstRuns } from "../format.ts";
import { playhead } from "../playback.ts";
import type { LabResult } from "../protocol.ts";
import { winnerOf } from "../sampled.ts";
import { useNarrow } from "../widths.ts";
import { type Camera, initialCamera, keyMoves, lensOf, turned, zoomed } from "./camera.ts";
import { Painter } from "./painter.ts";
import { sceneOf } from "./scene.ts";

/** Labels are so far apart, in CSS pixels, where they have one digit, or two; others are left out. */
const labelGaps = [15, 24] as const;
/** Of more tokens only the winners' corners have a label. */
const maxLabels = 16;
/** The corner of the stage in which the buttons are, in CSS pixels. */
const buttonsSize = [110, 46] as const;
/** Radians that the camera turns by for each pixel that the pointer moves. */
const turnPerPixel = 0.008;
/** Pixels of a canvas for each CSS pixel, at most, along one axis. */
const maxPixelRatio = 2;

/** Paths of the recorded runs through the simplex of shares, seen by a camera that the reader moves; one run is drawn bold. */
export function Space({ left, right, run }: { left: LabResult; right: LabResult; run: number }) {
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | undefined>(undefined);
  const [[width, height], setSize] = useState([0, 0]);
  const [camera, setCamera] = useState(initialCamera);
  const scene = useMemo(() => sceneOf(left, right), [left, right]);
  const lens = useMemo(() => lensOf(camera, width / height || 1), [camera, width, height]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setSize([entry.contentRect.width, entry.contentRect.height]));
    const zoom = (event: WheelEvent) => {
      if (document.activeElement !== stage.current) return; // until it is clicked, the wheel moves the page
      event.preventDefault();
      setCamera((camera) => zoomed(camera, event.deltaY > 0 ? 1.1 : 1 / 1.1));
    };
    if (!stage.current || !canvas.current) return;
    observer.observe(stage.current);
    stage.current.addEventListener("wheel", zoom, { passive: false });
    painter.current = new Painter(canvas.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const ratio = Math.min(maxPixelRatio, devicePixelRatio);
    const view = { scene, lens, width: Math.round(width * ratio), height: Math.round(height * ratio), ratio };
    canvas.current.width = view.width;
    canvas.current.height = view.height;
    return effect(() => painter.current?.paint(view, run, playhead.value));
  }, [scene, lens, width, height, run]);

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
  const isNarrow = useNarrow();
  // The winners' labels have room first.
  const winners = [winnerOf(left, run), winnerOf(right, run)].filter((token) => token !== none);
  const order = [...winners, ...(tokens <= maxLabels ? scene.corners.keys() : [])];
  const caption = `Paths of ${firstRuns(runs)} through ${where}; at corner i token i has everything.${tokens > maxLabels ? " Numbers: who wins the chosen run." : ""} Bold: the chosen run. Drag or arrow keys turn, + and − zoom, as the wheel does after a click.`;
  return (
    <figure class="space" aria-label="Paths in space">
      <div
        ref={stage}
        class="stage"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is turned by keyboard
        tabIndex={0}
        aria-label={`Paths of the runs through ${where}. Arrow keys turn, plus and minus zoom, Home resets.`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          if (event.target === canvas.current) event.currentTarget.setPointerCapture(event.pointerId); // a click on a button stays the button's
        }}
        onPointerMove={onPointerMove}
      >
        <canvas ref={canvas} />
        {labelsOf([...new Set(order)], (token) => {
          const [x, y] = lens(scene.corners[token] as (typeof scene.corners)[number]);
          return [x * width, y * height];
        })
          .filter(({ x, y }) => x < width - buttonsSize[0] || y < height - buttonsSize[1])
          .map(({ token, x, y }) => (
            <span key={token} class="corner" aria-hidden="true" style={{ left: `${x}px`, top: `${y}px` }}>{`${token}`}</span>
          ))}
        <p class="buttons">
          {buttons.map(({ text, name, move }) => (
            <button key={name} type="button" onClick={() => setCamera(move)} aria-label={name} title={name}>
              {text}
            </button>
          ))}
        </p>
      </div>
      {isNarrow ? (
        <details>
          <summary>What it shows</summary>
          <p class="caption">{caption}</p>
        </details>
      ) : (
        <figcaption>{caption}</figcaption>
      )}
    </figure>
  );
}

/** The labels that do not touch one before them. */
function labelsOf(tokens: readonly number[], seen: (token: number) => readonly [number, number]) {
  const gap = labelGaps[Math.max(...tokens) > 9 ? 1 : 0];
  const labels: { token: number; x: number; y: number }[] = [];
  for (const token of tokens) {
    const [x, y] = seen(token);
    if (labels.every((other) => Math.hypot(other.x - x, other.y - y) >= gap)) labels.push({ token, x, y });
  }
  return labels;
}

function nameOf(tokens: number): string {
  if (tokens === 2) return "the line of two shares";
  if (tokens === 3) return "the triangle of three shares";
  if (tokens === 4) return "the tetrahedron of four shares";
  return `the simplex of ${tokens} shares, its corners spread over a sphere`;
}

const buttons: readonly { text: string; name: string; move: (camera: Camera) => Camera }[] = [
  { text: "+", name: "Zoom in", move: (camera) => zoomed(camera, 0.85) },
  { text: "−", name: "Zoom out", move: (camera) => zoomed(camera, 1 / 0.85) },
  { text: "⟲", name: "Reset view", move: () => initialCamera },
];
