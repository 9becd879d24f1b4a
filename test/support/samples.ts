import { type Ensemble, isOverTime } from "../../src/model/ensemble.ts";
import { isAdaptive } from "../../src/model/integrators.ts";
import type { Row } from "../../src/model/rows.ts";
import type { Observation, Sample } from "../../src/model/samples.ts";
import { binOf, talliedNames, tallyWords } from "../../src/model/tallies.ts";
import { storedSeries, type Trajectory } from "../../src/model/trajectory.ts";
import { Field } from "../../src/reference/field.ts";
import { observe, simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge, type Verification } from "../../src/verification/judge.ts";

/**
 * The sample of a device that computes exactly, with at least 64 fixed steps, or 4 that adapt. It records a trajectory, and what is tallied.
 * @param firstStep a factor on the first adaptive step: with 1 it takes the steps of the reference
 */
export function exactSample(ensemble: Ensemble, run = 0, firstStep = 1): Sample {
  const start = drawStart(ensemble, run);
  const state = () => ({ ...start, logits: start.logits.slice(), values: start.values.slice() });
  const overTime = isOverTime(ensemble);
  const stretch = (steps: number) => (steps === 0 ? firstStep : 1);
  const { row, vectors, recorded, observed } = simulate(ensemble, state(), { trajectory: true, overTime, stretch });
  const times = recorded.length;
  const tallied = recorded.flatMap((_, slot) =>
    talliedNames.map((name, kind) => {
      const bin = binOf(name, observed?.[name][slot] ?? Number.NaN);
      return bin === undefined ? 0 : 1 + (kind * times + slot) * tallyWords + bin;
    }),
  );
  const series = storedSeries.map((name) => [name, recorded.map(({ [name]: x }) => (x instanceof Float64Array ? [...x] : x))]);
  const initial = observe(new Field(ensemble, state()).at(state()));
  const adaptive = isAdaptive(ensemble.integrator);
  const until = adaptive ? [1, 2, 3, 4].map((maxSteps) => ({ ...ensemble.until, maxSteps })) : [{ steps: 64 }];
  const first = until.map((until) => simulate({ ...ensemble, until }, state(), { stretch }));
  const early = first.at(-1) as (typeof first)[number];
  return {
    run,
    ...start,
    start: { ...initial, row: { ...row, ...initial.row, status: 0, steps: 0, time: 0 } },
    early: { row: { ...early.row, status: 0 }, vectors: early.vectors },
    ...(adaptive && { ends: first.map(({ row }) => row.time) }),
    end: { row, vectors },
    trajectory: { run, steps: recorded.map(({ step }) => step), ...Object.fromEntries(series) } as Trajectory,
    ...(overTime && { tallied: Uint32Array.from(tallied) }),
  };
}

/** A sample with something changed at a moment. */
export const changed = (
  sample: Sample,
  at: "start" | "early" | "end",
  change: Partial<Row>,
  vectors: Partial<Observation["vectors"]> = {},
): Sample => ({
  ...sample,
  [at]: { row: { ...sample[at].row, ...change }, vectors: { ...sample[at].vectors, ...vectors } },
});

/** What verification says of a run alone. */
export const verdict = (sample: Sample, of: Ensemble): Verification | undefined => judge([examine(of, sample)]);
