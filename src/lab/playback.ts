import { signal } from "@preact/signals";

/** How long playback takes from the first recorded time to the last, in seconds. */
const durationSeconds = 9;
/** Playback advances by no more than this in a frame, in ms: so a tab that was hidden continues where it was. */
const maxFrameMs = 100;

/** The place in log time that figures show: 0 is the first recorded time, 1 the last. Only the reader and playback move it. */
export const playhead = signal(1);
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

/** Pauses at the recorded time with this index, of `times`. */
export function goTo(slot: number, times: number): void {
  pause();
  playhead.value = Math.max(0, Math.min(times - 1, slot)) / Math.max(1, times - 1);
}

/** The index of the last recorded time that a playhead has reached, where there are `times` of them. */
export const slotAt = (at: number, times: number): number => Math.max(0, Math.min(times - 1, Math.floor(at * (times - 1) + 1e-9)));
