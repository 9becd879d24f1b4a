import { describe, expect, it } from "vitest";
import { optimizerKinds } from "../../src/model/optimizers.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { examine } from "../../src/verification/examine.ts";
import { replaysOf } from "../../src/verification/replays.ts";
import { exactSample } from "../support/samples.ts";

describe("where float32 decides the sign of a gradient", () => {
  const of = (specification: object) => parseEnsemble({ tokens: 4, until: { steps: 400 }, ...specification });
  const fateOf = (specification: object) => examine(of(specification), exactSample(of(specification))).fate;
  it("compares runs of optimizers, also one that has come to rest", () => {
    for (const kind of optimizerKinds) expect(fateOf({ optimizer: { kind, learningRate: 0.003 } }), kind).toBe("compared");
    const still = { kind: "adam", learningRate: { kind: "cosine", from: 0.02, to: 0, steps: 1500 } };
    expect(fateOf({ loss: "square", optimizer: still, until: { steps: 1600 } })).toBe("compared");
  });
  it("counts a run of sign descent as undecided where a gradient is within its rounding", () => {
    // The second component of the output begins 1e-9 from the target, or far from it. Values alone are trained, so that no disturbance moves a weight.
    const [near, far] = [0.5, -5].map((second) =>
      fateOf({
        tokens: 2,
        loss: "square",
        train: "values",
        values: {
          kind: "given",
          matrix: [
            [1, 1],
            [0.5, 0.5 + 2e-9],
          ],
        },
        logits: "zero",
        target: { kind: "given", vector: [-5, second] },
        optimizer: { kind: "sign", learningRate: 0.01 },
      }),
    );
    expect([near, far]).toEqual(["undecided", "compared"]);
  });
  it("tells a run that rests and then goes to and fro", () => {
    const lostSign = (steps: number) => {
      const ensemble = of({ loss: "square", optimizer: { kind: "rmsprop", learningRate: 1e-3 }, until: { steps } });
      return replaysOf(ensemble, exactSample(ensemble), ensemble).lostSign;
    };
    expect([100, 3000].map(lostSign)).toEqual([false, true]);
  });
});
