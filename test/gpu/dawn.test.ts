import { promisify } from "node:util";
import { expect, it, vi } from "vitest";
import { parseEnsemble } from "../../src/model/specification.ts";
import { webgpu } from "../support/engine.ts";

it("Dawn uses the timer in a long wait, and the callbacks of others are called as usual", async () => {
  const engine = await webgpu();
  const timer = vi.spyOn(globalThis, "setTimeout");
  await engine.run(parseEnsemble({ tokens: 3, dim: 2, runs: 65_536 }));
  expect(timer.mock.calls.filter(([, delay]) => delay === 1).length).toBeGreaterThan(10);

  timer.mockClear();
  const called: unknown[] = [];
  const cleared = setImmediate(() => called.push("cleared"));
  clearImmediate(cleared);
  await new Promise((resolve) => setImmediate((x) => resolve(called.push(x)), "given"));
  // A bound function is native too, and this one calls setImmediate from within itself, as Dawn does.
  const bound: () => void = function (this: string) {
    if (called.push(this.toString()) < 201) setImmediate(bound);
  }.bind("bound");
  setImmediate(bound);
  while (called.length < 201) await new Promise<void>((resolve) => setImmediate(() => resolve()));
  expect(await promisify(setImmediate)("promised")).toBe("promised");
  expect(called).toEqual(["given", ...Array(200).fill("bound")]);
  expect(timer).not.toHaveBeenCalled();
  timer.mockRestore();
});
