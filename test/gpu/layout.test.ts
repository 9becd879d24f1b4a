import { expect, it } from "vitest";
import { checkAll, type Limits } from "../../src/gpu/layout.ts";
import { parseSpecification } from "../../src/model/grid.ts";

const limits: Limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28, subgroup: 1, isGpu: true };
const ensemblesOf = (grid: object) => parseSpecification({ tokens: 8, runs: 4096, grid }).points.map(({ ensemble }) => ensemble);

it("points of a grid that are laid out alike are looked at once, and each that a device may refuse is", () => {
  let looked = 0;
  const counted = {
    ...limits,
    get maxBufferSize() {
      looked++;
      return limits.maxBufferSize;
    },
  };
  checkAll(ensemblesOf({ seed: Array.from({ length: 1000 }, (_, i) => i) }), counted);
  expect(looked).toBeLessThan(10);
  expect(() => checkAll(ensemblesOf({ "integrator.rtol": [1e-3, 1e-9] }), limits)).toThrow("integrator.rtol: expected at least 1e-6");
  expect(() => checkAll(ensemblesOf({ "record.trajectories": [1, 4000] }), { ...limits, maxStorageBufferBindingSize: 2 ** 25 })).toThrow(
    "record.trajectories: expected at most",
  );
});
