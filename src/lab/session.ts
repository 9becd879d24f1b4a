import { batch, computed, signal } from "@preact/signals";
import type { Ensemble } from "../model/ensemble.ts";
import { SinkflowError } from "../model/errors.ts";
import { recordedRuns } from "./address.ts";
import { Computer } from "./computer.ts";
import type { LabResult, Opened } from "./protocol.ts";
import { defaultSettings, ensemblesOf, type LabSettings } from "./settings.ts";

/** The float64 engine follows this many runs first: the reader sees them while the other runs are followed. */
const previewRuns = 48;
/** Runs that are followed where there is no WebGPU, at most. */
export const maxRunsOnCpu = 1024;

export const sides = ["left", "right"] as const;
export type Side = (typeof sides)[number];

/** What the page shows: two ensembles, and the settings that they are of. */
export interface Shown extends Record<Side, LabResult> {
  of: LabSettings;
  /** The largest end of an interval of how often a token won, among the first runs and among all: the scale of its bars. */
  largestWin: number;
}

export const computer = new Computer();
export const settings = signal<LabSettings>(defaultSettings);
export const opened = signal<Opened | undefined>(undefined);
/** After a change of the settings the old results stay until there are new ones. */
export const results = signal<Shown | undefined>(undefined);
/** Whether what is shown is of other settings than those that are chosen. */
export const isStale = computed(() => results.value !== undefined && results.value.of !== settings.value);
/** What the tab is doing, as a sentence; whether it works, or was stopped; and the part of the runs that is followed, 0 to 1, where it is known. */
export const activity = signal<{ says: string; state: "busy" | "done" | "stopped"; done?: number }>({ says: "Starting…", state: "busy" });
/** What is wrong with the address, or with all settings together. */
export const problem = signal<string | undefined>(undefined);
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
  batch(() => {
    problem.value = undefined;
    selected.value = Math.min(selected.value, next.runs - 1);
    settings.value = next;
  });
}

/** The message of an error; undefined if the work was interrupted. */
export function failureOf(error: unknown): string | undefined {
  if (error instanceof SinkflowError && error.failure === "interrupted") return undefined;
  return error instanceof Error ? error.message : String(error);
}

function showFailure(error: unknown): void {
  const message = failureOf(error);
  if (message === undefined) return;
  problem.value = message;
  if (activity.value.state === "busy") activity.value = { says: "Stopped.", state: "stopped" };
}

/** The number of runs that this tab follows, where `runs` are chosen. */
export const runsInTab = (runs = settings.value.runs): number => (opened.value?.kind === "cpu" ? Math.min(runs, maxRunsOnCpu) : runs);

/** The number of runs that what is shown is of, once no more are followed; until then, of those that will be. */
export const runsShown = (): number => {
  const shown = results.value;
  return shown && !isStale.value && activity.value.state === "stopped" ? shown.left.report.runs : runsInTab();
};

/** Runs of the settings that can be looked at one by one. */
export const runsToLookAt = (): number => Math.min(recordedRuns, runsInTab());

/** The two ensembles as this tab follows them, with no more than `trajectories` recorded. */
export function ensemblesInTab(of: LabSettings, trajectories = recordedRuns): Ensemble[] {
  const runs = runsInTab(of.runs);
  return ensemblesOf({ ...of, runs }).map((ensemble) => ({
    ...ensemble,
    record: { ...ensemble.record, trajectories: Math.min(runs, trajectories) },
  }));
}

/** Follows the two ensembles: first a few runs in float64, then all runs on the tab's engine. */
export async function follow(of: LabSettings): Promise<void> {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const work = (says: string) => {
    activity.value = { says, state: "busy" };
  };
  const progress = (done: number) => {
    activity.value = { ...activity.value, done };
  };
  const lost = () => work("The device was lost; following all runs on a new one…");
  try {
    work("Following the first runs…");
    const preview = ensemblesInTab({ ...of, runs: Math.min(of.runs, Math.max(previewRuns, selected.value + 1)) });
    show(of, await Promise.all(preview.map((ensemble) => computer.ask({ kind: "run", ensemble, engine: "cpu" }, { signal }))));
    opened.value ??= await computer.ask({ kind: "open" });
    work(`Following all ${runsInTab(of.runs).toLocaleString("en")} runs…`);
    const all = ensemblesInTab(of).map((ensemble, i) =>
      computer.ask({ kind: "run", ensemble }, { signal, lost, ...(i === 0 && { progress }) }),
    );
    show(of, await Promise.all(all));
    const device = opened.value.kind === "webgpu" ? ` on ${nameOf(opened.value.adapter)}` : "";
    activity.value = { says: `All runs followed${device}.`, state: "done" };
  } catch (error) {
    showFailure(error);
  }
}

/** Ends what the tab computes for the settings. */
export function stop(): void {
  controller.abort();
  controller = new AbortController();
  activity.value = { says: isStale.value ? "Stopped. What is shown is of the settings before." : "Stopped.", state: "stopped" };
}

function show(of: LabSettings, [left, right]: readonly LabResult[]): void {
  if (!left || !right) return;
  const before = results.value?.of === of ? results.value.largestWin : 0;
  const ends = [left, right].flatMap(({ report: { sink } }) => (sink.interval ?? []).map(([, high]) => high));
  results.value = { left, right, of, largestWin: Math.max(before, 1.5 / of.tokens, ...ends) };
}

const nameOf = (adapter: Opened["adapter"]) =>
  adapter?.description || adapter?.device || [adapter?.vendor, adapter?.architecture].filter(Boolean).join(" ") || "the device";
