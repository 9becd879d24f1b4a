import { effect, signal } from "@preact/signals";
import { SinkflowError } from "../model/errors.ts";
import type { Point } from "../model/point.ts";
import { restart } from "./clock.ts";
import { Computer } from "./computer.ts";
import { type Experiment, initial, pointsOf, readAddress, writeAddress } from "./experiment.ts";
import type { Opened, Outcome } from "./protocol.ts";

/** Runs that the float64 engine follows at once, so that there is something to see; and the first so many are shown one by one. */
const firstRuns = 48;
const shownRuns = 256;
/** Most runs where there is no WebGPU. */
export const mostOnCpu = 1024;

export const sides = ["left", "right"] as const;
export type Side = (typeof sides)[number];

export const computer = new Computer();
export const experiment = signal<Experiment>(initial);
export const opened = signal<Opened | undefined>(undefined);
/** What is known of each normalizer; what was on screen stays until there is something new. */
export const outcomes = { left: signal<Outcome | undefined>(undefined), right: signal<Outcome | undefined>(undefined) };
/** What is being done, for people. */
export const doing = signal("Starting…");
/** Whether the page is at something. */
export const busy = signal(true);
export const progress = signal<number | undefined>(undefined);
/** What is wrong with the address, or went wrong. */
export const problem = signal<string | undefined>(undefined);
/** The run under the lens. */
export const selected = signal(0);

let controller = new AbortController();
export const currentSignal = (): AbortSignal => controller.signal;

/** Changes the experiment, if what comes is one; else says what is wrong with it. */
export function change(part: Partial<Experiment>): void {
  const next = { ...experiment.value, ...part };
  try {
    pointsOf(next);
  } catch (error) {
    say(error);
    return;
  }
  problem.value = undefined;
  experiment.value = next;
}

/** What went wrong, for people; undefined where something else was asked for meanwhile. */
export function failureOf(error: unknown): string | undefined {
  if (error instanceof SinkflowError && error.failure === "interrupted") return undefined;
  return error instanceof Error ? error.message : String(error);
}

function say(error: unknown): void {
  const failure = failureOf(error);
  if (failure === undefined) return;
  problem.value = failure;
  if (busy.value) doing.value = "Stopped.";
  busy.value = false;
  progress.value = undefined;
}

/** How many of so many runs this tab follows. */
export const ensembleRuns = (runs = experiment.value.runs): number => (opened.value?.kind === "cpu" ? Math.min(runs, mostOnCpu) : runs);

/** The experiment's ensembles as this tab follows them. */
export function ensembles(of: Experiment, runs = of.runs): Point[] {
  const all = ensembleRuns(runs);
  return pointsOf({ ...of, runs: all }).map((point) => ({ ...point, record: { ...point.record, trajectories: Math.min(all, shownRuns) } }));
}

/** Follows the experiment: the first runs at once in float64, then all of them on the best engine there is. */
async function follow(of: Experiment): Promise<void> {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const run = async (runs: number, engine?: "cpu") => {
    const points = ensembles(of, runs);
    return Promise.all(
      points.map((point, i) =>
        computer.ask(
          { kind: "run", point, ...(engine && { engine }) },
          {
            signal,
            lost: () => {
              doing.value = "The device was lost; following all runs on a new one…";
            },
            progress: (done) => {
              if (i === 0 && !engine) progress.value = done;
            },
          },
        ),
      ),
    );
  };
  const show = ([left, right]: Outcome[]) => {
    outcomes.left.value = left;
    outcomes.right.value = right;
  };
  busy.value = true;
  try {
    doing.value = "Following the first runs…";
    show(await run(Math.min(of.runs, firstRuns), "cpu"));
    restart();
    opened.value ??= await computer.ask({ kind: "open" });
    doing.value = `Following all ${ensembles(of)[0]?.runs.toLocaleString("en")} runs…`;
    show(await run(of.runs));
    doing.value = `All runs followed${opened.value.kind === "webgpu" ? ` on ${nameOf(opened.value.adapter)}` : ""}.`;
    busy.value = false;
    progress.value = undefined;
  } catch (error) {
    say(error);
  }
}

/** Begins with what the address says, and keeps to it. */
export function begin(): void {
  const listen = () => {
    try {
      const next = readAddress(location.hash);
      problem.value = undefined;
      if (writeAddress(next) !== writeAddress(experiment.value)) experiment.value = next;
    } catch (error) {
      problem.value = `The address says nothing that can be followed (${error instanceof Error ? error.message : String(error)}); what is shown is not from it.`;
    }
  };
  listen();
  addEventListener("hashchange", listen);
  let first = true;
  effect(() => {
    const now = experiment.value;
    const address = writeAddress(now);
    if (!first || problem.peek() === undefined) {
      if (location.hash.replace(/^#/, "") !== address) history.replaceState(null, "", address ? `#${address}` : location.pathname);
    }
    first = false;
    selected.value = Math.min(selected.peek(), now.runs - 1);
    void follow(now);
  });
}

const nameOf = (adapter: Opened["adapter"]) =>
  adapter?.description || adapter?.device || [adapter?.vendor, adapter?.architecture].filter(Boolean).join(" ") || "the device";
