import { signal } from "@preact/signals";

/** From the first recorded time to the last, in seconds. */
const seconds = 9;

const reduced = matchMedia("(prefers-reduced-motion: reduce)");

/** Where in log time the pictures are: 0 at the first recorded time, 1 at the last. */
export const moment = signal(reduced.matches ? 1 : 0);
export const playing = signal(false);

let before = 0;
function tick(now: number): void {
  if (!playing.value) return;
  moment.value = Math.min(1, moment.value + Math.max(0, Math.min(100, now - before)) / 1000 / seconds);
  before = now;
  if (moment.value < 1) requestAnimationFrame(tick);
  else playing.value = false;
}

export function play(): void {
  if (playing.value) return;
  if (moment.value >= 1) moment.value = 0;
  playing.value = true;
  before = performance.now();
  requestAnimationFrame(tick);
}

export function pause(): void {
  playing.value = false;
}

/** From the start, unless motion is unwelcome: then all is shown as it ends. */
export function restart(): void {
  if (reduced.matches) {
    moment.value = 1;
    return;
  }
  moment.value = 0;
  play();
}

/** Pauses, so many recorded times on. */
export function step(by: number, times: number): void {
  pause();
  moment.value = slotOf(moment.value, times, by) / (times - 1);
}

/** The last recorded time that has been reached. */
export const slotOf = (at: number, times: number, by = 0): number =>
  Math.max(0, Math.min(times - 1, Math.floor(at * (times - 1) + 1e-9) + by));
