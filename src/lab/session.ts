import { effect, signal, untracked } from "@preact/signals";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { Computer } from "./computer.ts";
import { restart } from "./playback.ts";
import type { LabResult, Opened } from "./protocol.ts";
import { defaultSettings, ensemblesOf, type LabSettings, readAddress, writeAddress } from "./settings.ts";

/** The float64 engine follows this many runs first: the reader sees them while the other runs are followed. */
const previewRuns = 48;
/** Runs that keep their trajectories, at most: they are shown one by one. */
const recordedRuns = 256;
/** Runs that are followed where there is no WebGPU, at most. */
export const maxRunsOnCpu = 1024;

export const sides = ["left", "right"] as const;
export type Side = (typeof sides)[number];

export const computer = new Computer();
export const settings = signal<LabSettings>(defaultSettings);
export const opened = signal<Opened | undefined>(undefined);
/** The results of the two ensembles. After a change of the settings the old results stay until there are new ones. */
export const results = signal<Record<Side, LabResult> | undefined>(undefined);
/** What the tab is doing, as a sentence; whether it works; and the part of the runs that is followed, 0 to 1, where it is known. */
export const activity = signal<{ says: string; isBusy: boolean; done?: number }>({ says: "Starting…", isBusy: true });
/** What is wrong; `field` is the label of the field where it was entered. */
export const problem = signal<{ message: string; field?: string } | undefined>(undefined);
/** The run under the lens. */
export const selected = signal(0);

let controller = new AbortController();
/** Aborts when the settings change. */
export const currentSignal = (): AbortSignal => controller.signal;

/** Changes settings if the new ones can be followed; else shows why they can't. */
export function changeSettings(part: Partial<LabSettings>): void {
  const next = { ...settings.value, ...part };
  try {
    ensemblesOf(next);
  } catch (error) {
    showFailure(error);
    return;
  }
  problem.value = undefined;
  settings.value = next;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The message of an error; undefined if the work was interrupted because the settings changed. */
export const failureOf = (error: unknown): string | undefined =>
  error instanceof SinkflowError && error.failure === "interrupted" ? undefined : messageOf(error);

function showFailure(error: unknown): void {
  const message = failureOf(error);
  if (message === undefined) return;
  problem.value = { message };
  if (activity.value.isBusy) activity.value = { says: "Stopped.", isBusy: false };
}

/** The number of runs that this tab follows, where `runs` are chosen. */
export const runsInTab = (runs = settings.value.runs): number => (opened.value?.kind === "cpu" ? Math.min(runs, maxRunsOnCpu) : runs);

/** The two ensembles as this tab follows them, with no more than `trajectories` recorded. */
export function ensemblesInTab(of: LabSettings, trajectories = recordedRuns): Ensemble[] {
  const runs = runsInTab(of.runs);
  return ensemblesOf({ ...of, runs }).map((ensemble) => ({
    ...ensemble,
    record: { ...ensemble.record, trajectories: Math.min(runs, trajectories) },
  }));
}

/** Follows the two ensembles: first a few runs in float64, then all runs on the tab's engine. */
async function follow(of: LabSettings): Promise<void> {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const work = (says: string) => {
    activity.value = { ...activity.value, says, isBusy: true };
  };
  const progress = (done: number) => {
    activity.value = { ...activity.value, done };
  };
  const lost = () => work("The device was lost; following all runs on a new one…");
  try {
    work("Following the first runs…");
    const preview = ensemblesInTab({ ...of, runs: Math.min(of.runs, previewRuns) });
    show(await Promise.all(preview.map((ensemble) => computer.ask({ kind: "run", ensemble, engine: "cpu" }, { signal }))));
    restart();
    opened.value ??= await computer.ask({ kind: "open" });
    work(`Following all ${runsInTab(of.runs).toLocaleString("en")} runs…`);
    const all = ensemblesInTab(of).map((ensemble, i) =>
      computer.ask({ kind: "run", ensemble }, { signal, lost, ...(i === 0 && { progress }) }),
    );
    show(await Promise.all(all));
    const device = opened.value.kind === "webgpu" ? ` on ${nameOf(opened.value.adapter)}` : "";
    activity.value = { says: `All runs followed${device}.`, isBusy: false };
  } catch (error) {
    showFailure(error);
  }
}

function show([left, right]: readonly LabResult[]): void {
  if (left && right) results.value = { left, right };
}

/** Takes the settings from the page's address, now and whenever it changes, follows them, and keeps the address up to date. */
export function begin(): void {
  readLocation();
  addEventListener("hashchange", readLocation);
  // An address that could not be read stays in place until the settings change.
  let keepsAddress = problem.peek() !== undefined;
  effect(() => {
    const now = settings.value;
    if (!keepsAddress) writeLocation(now);
    keepsAddress = false;
    selected.value = Math.min(selected.peek(), now.runs - 1);
    void untracked(() => follow(now)); // `follow` reads `opened`, which changes in the meantime and must not start it again
  });
}

function readLocation(): void {
  try {
    const next = readAddress(location.hash);
    problem.value = undefined;
    if (writeAddress(next) !== writeAddress(settings.value)) settings.value = next;
  } catch (error) {
    problem.value = { message: `The address says nothing that can be followed (${messageOf(error)}); what is shown is not from it.` };
  }
}

function writeLocation(of: LabSettings): void {
  const address = writeAddress(of);
  if (location.hash.replace(/^#/, "") !== address) history.replaceState(null, "", address ? `#${address}` : location.pathname);
}

const nameOf = (adapter: Opened["adapter"]) =>
  adapter?.description || adapter?.device || [adapter?.vendor, adapter?.architecture].filter(Boolean).join(" ") || "the device";
