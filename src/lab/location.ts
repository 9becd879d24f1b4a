import { effect, untracked } from "@preact/signals";
import { recordedTimes } from "../model/ensemble.ts";
import { type Address, readAddress, writeAddress } from "./address.ts";
import { goTo, play, playhead, playing, slotAt } from "./playback.ts";
import { failureOf, follow, problem, results, selected, settings } from "./session.ts";
import { ensemblesOf, type LabSettings } from "./settings.ts";

/** How long the reader must rest at a run or a time before the address says it, in ms: browsers refuse many changes in a short time. */
const restMs = 250;

/** The times that figures show under some settings. */
const timesOf = (of: LabSettings): number[] => recordedTimes(ensemblesOf(of)[0]);

/** What the page shows, as an address. While the film plays, its time is not said. */
function addressNow(): Address {
  const times = timesOf(settings.value);
  const slot = slotAt(playhead.value, times.length);
  const isSaid = !playing.value && slot < times.length - 1;
  return { settings: settings.value, run: selected.value, time: isSaid ? times[slot] : undefined };
}

const fragmentOf = (address: Address) => {
  const text = writeAddress(address);
  return text ? `#${text}` : location.pathname;
};

/** The address of what the page shows, to be shared. */
export const linkNow = (): string => new URL(fragmentOf(addressNow()), location.href).href;

/** What the page knows its own entries in the browser's history by: only these say a run and a time by leaving them out. */
const ours = { lab: true };

/**
 * Takes what is shown from the page's address, now and whenever it changes, and keeps the address up to date. Changed settings are a step
 * in the browser's history, which has the run and the time at which they were left; another run or time is none. An address that can't be
 * read stays in place until something is changed.
 */
export function begin(): void {
  if (readLocation() === undefined) playFilm();
  addEventListener("hashchange", readLocation);
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** What the address is to say, where it does not yet. */
  let due: Address | undefined;
  const sayDue = () => {
    clearTimeout(timer);
    if (due && problem.peek() === undefined) history.replaceState(ours, "", fragmentOf(due));
    due = undefined;
  };
  let before: LabSettings | undefined = settings.peek();
  effect(() => {
    const now = settings.value;
    if (now !== before && !isAt(now))
      untracked(() => {
        if (due?.settings === before) sayDue();
        history.pushState(ours, "", fragmentOf(addressNow()));
      });
    before = now;
    due = undefined;
    void untracked(() => follow(now)); // `follow` reads signals that change in the meantime and must not start it again
  });
  let isFirst = true;
  effect(() => {
    selected.value;
    playing.value;
    playhead.value;
    if (isFirst || playing.value) {
      isFirst = false;
      return;
    }
    clearTimeout(timer);
    due = untracked(addressNow);
    timer = setTimeout(sayDue, restMs);
  });
}

/** Plays once from the first time on, when there is something to see, where the reader does not prefer reduced motion. */
function playFilm(): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  playhead.value = 0;
  const end = results.subscribe((shown) => {
    if (!shown) return;
    play();
    queueMicrotask(() => end());
  });
}

/** Whether the address is of these settings already, whatever it says of run and time: then the reader went back or forth to it. */
function isAt(now: LabSettings): boolean {
  try {
    return writeAddress({ settings: readAddress(location.hash).settings, run: 0 }) === writeAddress({ settings: now, run: 0 });
  } catch {
    return false;
  }
}

/** Shows what the address says. Returns the time that it says, if it does. An entry of the page's own that says none is of the last one. */
function readLocation(): number | undefined {
  try {
    const { settings: next, run, time } = readAddress(location.hash);
    const times = timesOf(next);
    problem.value = undefined;
    selected.value = run;
    if (time !== undefined) {
      const distances = times.map((one) => Math.abs(Math.log(one / time)));
      goTo(distances.indexOf(Math.min(...distances)), times.length);
    } else if (history.state !== null) goTo(times.length - 1, times.length);
    if (writeAddress({ settings: next, run: 0 }) !== writeAddress({ settings: settings.peek(), run: 0 })) settings.value = next;
    return time;
  } catch (error) {
    problem.value = `The address says nothing that can be followed (${failureOf(error)}); what is shown is not from it.`;
    return undefined;
  }
}
