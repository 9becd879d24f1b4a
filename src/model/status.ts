/**
 * How a run ended. The codes are what the kernel writes; 0 means that the run goes on, and in a row that nothing was
 * written, which is a fault.
 *
 * `completed`: reached the end. `diverged`: finite, but the output or a logit grew beyond `divergedAt`. `non-finite`: NaN
 * or infinity. `stalled`: at a fixed step, one more would change nothing, bit for bit (float32 on a GPU, float64 on the
 * CPU); with adaptive steps, the error estimate asks for a step too short to move the time. With adaptive steps also
 * `converged`: the state no longer moves, by the rule of `control.converged`; and `max-steps`: so many were taken.
 */
export const statuses = {
  completed: 1,
  converged: 2,
  "max-steps": 3,
  diverged: 4,
  "non-finite": 5,
  stalled: 6,
} as const;

export type Status = keyof typeof statuses;
export const statusNames = Object.keys(statuses) as Status[];

/** Runs that diverged or went non-finite are counted as such and left out of everything else. */
export const isSound = (status: number): boolean => status !== statuses.diverged && status !== statuses["non-finite"];

/** Which of the runs with these statuses ended soundly: their indices, ascending. */
export function soundRuns(statuses: ArrayLike<number>): Uint32Array {
  const sound = new Uint32Array(statuses.length);
  let length = 0;
  for (let run = 0; run < statuses.length; run++) if (isSound(statuses[run] as number)) sound[length++] = run;
  return sound.subarray(0, length);
}

/**
 * ‖y‖² + ‖a‖² beyond which a run counts as diverged. An Euler step under square loss at most cubes the norm: from 1e12 the
 * next state is below float32's 3.4e38, and is seen in between. Higher orders can leap from sound to non-finite in one
 * step, and do so earlier in float32 than in float64: the two engines count such runs differently.
 */
export const divergedAt = 1e24;

/**
 * The same in the margin's own clock, by which an output grows to τ‖β‖ without end: beyond what the longest clock, 10¹⁵, leaves a
 * unit target, and below float32's 3.4e38.
 */
export const divergedAtByClock = 1e34;
