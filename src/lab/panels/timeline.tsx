import { useComputed } from "@preact/signals";
import { moment, pause, play, playing, restart, slotOf, step } from "../clock.ts";
import { showTime } from "../format.ts";
import { outcomes } from "../session.ts";

/** Where in log time the pictures are, and how they move. */
export function Timeline() {
  const times = useComputed(() => outcomes.left.value?.settling.times ?? []);
  const count = times.value.length;
  const slot = useComputed(() => slotOf(moment.value, Math.max(1, times.value.length)));
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
            moment.value = currentTarget.valueAsNumber / Math.max(1, count - 1);
          }}
        />
      </label>
    </section>
  );
}
