import { useComputed } from "@preact/signals";
import { showTime } from "../format.ts";
import { pause, play, playhead, playing, restart, slotAt, step } from "../playback.ts";
import { results } from "../session.ts";

/** The playhead, and the buttons of playback. */
export function Timeline() {
  const times = useComputed(() => results.value?.left.settling.times ?? []);
  const count = times.value.length;
  const slot = useComputed(() => slotAt(playhead.value, Math.max(1, times.value.length)));
  const time = useComputed(() => {
    const now = times.value[slot.value];
    return now === undefined ? "–" : showTime(now);
  });
  return (
    <section class="timeline" aria-label="Time">
      <button type="button" class="main" onClick={() => (playing.value ? pause() : play())} disabled={count === 0}>
        {playing.value ? "Pause" : "Play"}
      </button>
      <button type="button" onClick={() => step(-1, count)} disabled={count === 0} aria-label="Step back">
        ‹
      </button>
      <button type="button" onClick={() => step(1, count)} disabled={count === 0} aria-label="Step">
        ›
      </button>
      <button type="button" onClick={restart} disabled={count === 0}>
        Restart
      </button>
      <label class="grow">
        <span>time t = {time}</span>
        <input
          type="range"
          min={0}
          max={Math.max(1, count - 1)}
          step={1}
          value={slot}
          aria-valuetext={useComputed(() => `t = ${time.value}`)}
          onInput={({ currentTarget }) => {
            pause();
            playhead.value = currentTarget.valueAsNumber / Math.max(1, count - 1);
          }}
        />
      </label>
    </section>
  );
}
