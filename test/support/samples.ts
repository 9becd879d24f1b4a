import type { Row } from "../../src/model/columns.ts";
import { type Ensemble, isOverTime } from "../../src/model/ensemble.ts";
import type { Observation, Sample } from "../../src/model/samples.ts";
import { binOf, talliedNames, tallyWords } from "../../src/model/tallies.ts";
import { storedSeries, type Trajectory } from "../../src/model/trajectory.ts";
import { Field } from "../../src/reference/field.ts";
import { observe, simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";

/** The sample of a device that computes exactly, with a fixed step and at least 64 steps. It records a trajectory, and what is tallied. */
export function exactSample(ensemble: Ensemble, run = 0): Sample {
  const start = drawStart(ensemble, run);
  const state = () => ({ ...start, logits: start.logits.slice(), values: start.values.slice() });
  const overTime = isOverTime(ensemble);
  const { row, vectors, recorded, observed } = simulate(ensemble, state(), { trajectory: true, overTime });
  const times = recorded.length;
  const tallied = recorded.flatMap((_, slot) =>
    talliedNames.map((name, kind) => {
      const bin = binOf(name, observed?.[name][slot] ?? Number.NaN);
      return bin === undefined ? 0 : 1 + (kind * times + slot) * tallyWords + bin;
    }),
  );
  const series = storedSeries.map((name) => [name, recorded.map(({ [name]: x }) => (x instanceof Float64Array ? [...x] : x))]);
  const initial = observe(new Field(ensemble, state()).at(state()));
  const early = simulate({ ...ensemble, until: { steps: 64 } }, state());
  return {
    run,
    ...start,
    start: { ...initial, row: { ...row, ...initial.row, status: 0, steps: 0, time: 0 } },
    early: { row: { ...early.row, status: 0 }, vectors: early.vectors },
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
