/**
 * How a run can end. The kernel writes the code. A code 0 means that the run goes on; in a row of results, that nothing was
 * written, which is a fault.
 */
export const endings = {
  completed: { code: 1, says: "the run reached its end" },
  converged: { code: 2, says: "over a doubling of time the state moved by no more than 3 times the tolerance; adaptive steps only" },
  "max-steps": { code: 3, says: "the run took `until.maxSteps` accepted steps before its end; adaptive steps only" },
  diverged: { code: 4, says: "the state is finite, but ‖y‖² + ‖a‖² grew beyond 10²⁴ (10³⁴ by the margin's own clock)" },
  "non-finite": { code: 5, says: "NaN or infinity" },
  stalled: {
    code: 6,
    says: "one more fixed step would change nothing, bit for bit; or no adaptive step is short enough for the tolerance",
  },
} as const;

export type Status = keyof typeof endings;
export const statusNames = Object.keys(endings) as Status[];
/** The code of each. */
export const statuses = Object.fromEntries(statusNames.map((name) => [name, endings[name].code])) as {
  readonly [S in Status]: (typeof endings)[S]["code"];
};

/** Runs that diverged or went non-finite are unsound: they are counted, and left out of all other statistics. */
export const isSound = (status: number): boolean => status !== statuses.diverged && status !== statuses["non-finite"];

/** The indices of the runs that ended soundly, ascending. */
export function soundRuns(statuses: ArrayLike<number>): Uint32Array {
  const sound = new Uint32Array(statuses.length);
  let length = 0;
  for (let run = 0; run < statuses.length; run++) if (isSound(statuses[run] as number)) sound[length++] = run;
  return sound.subarray(0, length);
}

/**
 * ‖y‖² + ‖a‖² beyond which a run counts as diverged. An Euler step under square loss at most cubes the norm: from 1e12 the
 * next state is below float32's 3.4e38, so that the divergence is seen before the state is non-finite. Methods of higher order can
 * go from sound to non-finite in one step, and do so earlier in float32 than in float64: the two engines count such runs differently.
 */
export const divergedAt = 1e24;

/**
 * The same in the margin's own clock, in which the output grows as τ‖β‖ without bound. It exceeds what a unit target reaches by the
 * longest clock, 10¹⁵, and is below float32's 3.4e38.
 */
export const divergedAtByClock = 1e34;
