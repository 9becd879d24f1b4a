import { signal } from "@preact/signals";

/** How long playback takes from the first recorded time to the last, in seconds. */
const durationSeconds = 9;
/** Playback advances by no more than this in a frame, in ms: so a tab that was hidden continues where it was. */
const maxFrameMs = 100;

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/** The place in log time that figures show: 0 is the first recorded time, 1 the last. */
export const playhead = signal(reducedMotion.matches ? 1 : 0);
export const playing = signal(false);

let lastFrame = 0;
function advance(now: number): void {
  if (!playing.value) return;
  playhead.value = Math.min(1, playhead.value + Math.max(0, Math.min(maxFrameMs, now - lastFrame)) / 1000 / durationSeconds);
  lastFrame = now;
  if (playhead.value < 1) requestAnimationFrame(advance);
  else playing.value = false;
}

/** Plays from the playhead; if that is at the last recorded time, from the first. */
export function play(): void {
  if (playing.value) return;
  if (playhead.value >= 1) playhead.value = 0;
  playing.value = true;
  lastFrame = performance.now();
  requestAnimationFrame(advance);
}

export function pause(): void {
  playing.value = false;
}

/** Plays from the first recorded time; where the reader prefers reduced motion, goes to the last one. */
export function restart(): void {
  if (reducedMotion.matches) {
    playhead.value = 1;
    return;
  }
  playhead.value = 0;
  play();
}

/** Pauses, and moves the playhead by `by` recorded times; there are `times` of them. */
export function step(by: number, times: number): void {
  pause();
  const slot = slotAt(playhead.value, times) + by;
  playhead.value = Math.max(0, Math.min(times - 1, slot)) / (times - 1);
}

/** The index of the last recorded time that a playhead has reached, where there are `times` of them. */
export const slotAt = (at: number, times: number): number => Math.max(0, Math.min(times - 1, Math.floor(at * (times - 1) + 1e-9)));
