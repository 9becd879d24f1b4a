import { describe, expect, it } from "vitest";
import { designOf } from "../../src/model/design.ts";
import type { RunBatch } from "../../src/model/result.ts";
import { columnNames, columns, none, vectorNames } from "../../src/model/rows.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { webgpu } from "../support/engine.ts";
import { parityCases } from "./cases.ts";

// After three steps from starts of order 1, only evaluation differs: some 30 operations deep, each good to some 10 ulp
// of 1.2e-7 relative to terms of at most the size of the result or 1.
const tolerance = 4e-5;
const near = (x: number, y: number) => (Number.isNaN(y) ? Number.isNaN(x) : Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y)));

describe("every observable agrees with float64 on the device", () => {
  it.each(parityCases().filter(({ point }) => point.integrator.kind === "euler"))("$name", async ({ point: long }) => {
    const steps = [0, 1, 3];
    const point = { ...long, until: { steps: 3 }, runs: 8, record: { trajectories: 8, vectors: true, steps } };
    const batches: RunBatch[] = [];
    const { samples, trajectories } = await (await webgpu()).run(point, { samples: 8, onBatch: (batch) => void batches.push(batch) });
    const { rows, vectors } = batches[0] as RunBatch;
    const design = designOf(point)?.map(Math.fround);
    for (const { run, logits, values, target } of samples) {
      const outcome = simulate(
        point,
        { logits: logits.slice(), values: values.slice(), target, ...(design && { design }) },
        { record: steps },
      );
      for (const name of columnNames) {
        const [got, expected] = [rows[name][run] as number, outcome.row[name]];
        if (columns[name] === "f32") expect(near(got, expected), `${name}: ${got}, reference ${expected}`).toBe(true);
        // A sink is none of two near equal tokens here, nor is a rank.
        else expect(got, name).toBe(expected);
      }
      for (const [v, name] of vectorNames.entries())
        outcome.vectors[name].forEach((expected, token) => {
          const got = vectors?.[(v * point.tokens + token) * 8 + run] as number;
          expect(near(got, expected), `${name} ${token}: ${got}, reference ${expected}`).toBe(true);
        });
      const { run: _, steps: recordedSteps, ...series } = trajectories[run] as (typeof trajectories)[number];
      expect(recordedSteps).toEqual(steps);
      for (const [name, entries] of Object.entries(series))
        outcome.recorded.forEach((entry, j) => {
          const expected = [entry[name as "loss"] as unknown].flatMap((x) => (typeof x === "number" ? [x] : [...(x as Float64Array)]));
          const got = [entries[j]].flat() as number[];
          expect(got.length).toBe(expected.length);
          expected.forEach((x, i) => {
            expect(near(got[i] as number, x), `${name} ${j} ${i}: ${got[i]}, reference ${x}`).toBe(true);
          });
        });
    }
    expect(rows.sink.some((sink) => sink !== none)).toBe(true);
  });
});
