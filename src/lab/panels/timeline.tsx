import { useComputed } from "@preact/signals";
import { scientific } from "../../report/format.ts";
import { goTo, pause, play, playhead, playing, slotAt } from "../playback.ts";
import { results } from "../session.ts";

/** The playhead, and the buttons of playback. */
export function Timeline() {
  const times = useComputed(() => results.value?.left.settling.times ?? []);
  const count = times.value.length;
  const slot = useComputed(() => slotAt(playhead.value, Math.max(1, times.value.length)));
  const time = useComputed(() => {
    const now = times.value[slot.value];
    return now === undefined ? "–" : scientific(now);
  });
  const buttons = [
    { name: "To the start", text: "|‹", to: () => 0 },
    { name: "Step back", text: "‹", to: () => slot.value - 1 },
    { name: "Step", text: "›", to: () => slot.value + 1 },
    { name: "To the end", text: "›|", to: () => count - 1 },
  ];
  return (
    <section class="timeline" aria-label="Time">
      <button type="button" class="main" onClick={() => (playing.value ? pause() : play())} disabled={count === 0}>
        {playing.value ? "Pause" : "Play"}
      </button>
      {buttons.map(({ name, text, to }) => (
        <button key={name} type="button" onClick={() => goTo(to(), count)} disabled={count === 0} aria-label={name} title={name}>
          {text}
        </button>
      ))}
      <label class="grow">
        <span>time t = {time}</span>
        <input
          type="range"
          min={0}
          max={Math.max(1, count - 1)}
          step={1}
          value={slot}
          aria-valuetext={useComputed(() => `t = ${time.value}`)}
          disabled={count === 0}
          onInput={({ currentTarget }) => goTo(currentTarget.valueAsNumber, count)}
        />
      </label>
    </section>
  );
}
