import { cos, sin } from "./mathematics.ts";
import { number, type Shapes, whole } from "./shape.ts";
import type { Chosen } from "./table.ts";

/** A learning rate: finite, and no less than float32 tells apart from nothing. */
const rate = number(1e-9, 1e6).above(0);
const warmUp = whole(0, 1e9).default(0).says("steps over which the rate rises to `from`, linearly");
const steps = whole(1, 1e9).says("the step, warm-up included, from which on the rate is `to`");
const to = number(0, 1e6);

/**
 * How a learning rate goes on after its warm-up: in step k of a warm-up of w steps, counted from 0, it is from·(k + 1)/w. A row: what the
 * schedule is in a few words (`says`), and its parameters.   Twins: shaders/schedules/KIND.wgsl
 */
export const schedules = {
  constant: { says: "`from` at every step", parameters: { from: rate, warmUp } },
  linear: { says: "from `from` to `to` along a line", parameters: { from: rate, to, warmUp, steps } },
  cosine: { says: "from `from` to `to` along half a period of a cosine", parameters: { from: rate, to, warmUp, steps } },
} as const satisfies Record<string, { says: string; parameters: Shapes }>;

export type Schedule = Chosen<typeof schedules>;
/** A number is a constant rate without a warm-up. */
export type LearningRate = number | Schedule;

/** The shape of a rate that is one number. */
export const constantRate = rate;

export const scheduleOf = (learningRate: LearningRate): Schedule =>
  typeof learningRate === "number" ? { kind: "constant", from: learningRate, warmUp: 0 } : learningRate;

/** The learning rate of step number k, counted from 0. */
export function rateAt(learningRate: LearningRate, k: number): number {
  const schedule = scheduleOf(learningRate);
  const { from, warmUp } = schedule;
  if (k < warmUp) return (from * (k + 1)) / warmUp;
  if (schedule.kind === "constant") return from;
  const { to, steps } = schedule;
  const done = Math.min(1, (k - warmUp) / (steps - warmUp));
  return schedule.kind === "linear" ? from + (to - from) * done : to + ((from - to) * (1 + cos(Math.PI * done))) / 2;
}

/** Flow time after k steps: the sum of their learning rates, in closed form. */
export function timeAt(learningRate: LearningRate, k: number): number {
  const schedule = scheduleOf(learningRate);
  const { from, warmUp } = schedule;
  if (k <= warmUp) return warmUp === 0 ? 0 : (from * k * (k + 1)) / (2 * warmUp);
  const risen = (from * (warmUp === 0 ? 0 : warmUp + 1)) / 2;
  const after = k - warmUp;
  if (schedule.kind === "constant") return risen + after * from;
  const { to } = schedule;
  const span = schedule.steps - warmUp;
  const j = Math.min(after, span);
  // Σ cos(πi/N) over i < j is sin(jx) cos((j − 1)x)/sin(x) with x = π/2N.
  const x = Math.PI / (2 * span);
  const falling =
    schedule.kind === "linear"
      ? j * from + ((to - from) * j * (j - 1)) / (2 * span)
      : (j * (from + to)) / 2 + ((from - to) * sin(j * x) * cos((j - 1) * x)) / (2 * sin(x));
  return risen + falling + (after - j) * to;
}
