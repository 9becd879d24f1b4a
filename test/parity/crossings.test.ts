import { describe, expect, it } from "vitest";
import { runWhole } from "../../src/ensemble/whole.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { simulate } from "../../src/reference/simulate.ts";
import { drawStart } from "../../src/reference/start.ts";
import { examine } from "../../src/verification/examine.ts";
import { judge } from "../../src/verification/judge.ts";
import { webgpu } from "../support/engine.ts";
import { changed } from "../support/samples.ts";

const fixed = { integrator: { kind: "euler", step: 1 }, until: { steps: 2000 } };

describe("the times at which a run tips and reaches a loss", () => {
  it.each([
    ["adaptive steps", {}],
    [
      "fixed steps, weights that are no shares, and a start that may have tipped",
      { ...fixed, normalizer: "linear", headStart: { token: 0, by: 1.4 } },
    ],
    [
      "an optimizer",
      { optimizer: { kind: "sign", learningRate: 1e-3 }, until: { steps: 1000 }, record: { tippingTime: true, lossAt: 0.3 } },
    ],
  ])("agree with float64, with %s", async (_, more) => {
    const ensemble = parseEnsemble({ tokens: 6, runs: 8, record: { tippingTime: true, lossAt: 0.05 }, ...more });
    const { samples, rows } = await runWhole(await webgpu(), ensemble, { samples: 8 });
    const examined = samples.map((sample) => examine(ensemble, sample));
    const verification = judge(examined);
    expect(verification, JSON.stringify(verification?.worst)).toMatchObject({ exceeded: 0 });
    const asked = (["tippingTime", "timeToLoss"] as const).filter((name) => name in rows);
    for (const name of asked) {
      const times = [...(rows[name] as Float32Array)].filter((x) => !Number.isNaN(x));
      expect(times.length, name).toBeGreaterThan(3);
      expect(verification?.worst[name], name).toBeDefined();
      // Times that are off by a thousandth are seen. (Of one run alone other steps on the way may explain as much.)
      const wrong = ({ end: { row } }: (typeof samples)[number]) => (row[name] as number) * 1.001 + (row[name] === 0 ? 1 : 0);
      const late = samples.map((sample) => changed(sample, "end", { [name]: wrong(sample) }));
      const faulty = judge(late.map((sample) => examine(ensemble, sample)));
      expect(faulty?.exceeded, `${name} in ${JSON.stringify(faulty?.worst[name])}`).toBeGreaterThan(0);
    }
    expect(rows.timeToLoss === undefined).toBe(ensemble.record.lossAt === undefined);
  });
});

it("the loss is at the asked one then: ½e^(−2t) of one token's worth", () => {
  // Under uniform weights and square loss y' = −(y − β)/n, so the loss falls as e^(−2t/n).
  const ensemble = parseEnsemble({
    tokens: 4,
    normalizer: "uniform",
    loss: "square",
    values: "zero",
    until: { time: 40 },
    record: { lossAt: 0.01, tippingTime: true },
  });
  const { row } = simulate(ensemble, drawStart(ensemble, 0));
  expect(row.timeToLoss).toBeCloseTo((4 / 2) * Math.log(0.5 / 0.01), 2);
  expect(row.tippingTime).toBeNaN();
});
