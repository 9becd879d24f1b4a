import { expect, it } from "vitest";
import { poolOf } from "../../src/ensemble/pool.ts";

it("a pool that is closed begins no task that waits, though a thread is missing", async () => {
  const begun: string[] = [];
  const pool = poolOf<string>(1, () => {
    let end = (_: Error): void => {};
    const ended = new Promise<never>((_, reject) => {
      end = reject;
    });
    return {
      perform: (task) => {
        begun.push(task);
        return ended;
      },
      close: async () => end(new Error("ended")),
    };
  });
  const first = pool.perform("first");
  void pool.perform("second");
  const failed = expect(first).rejects.toThrow("ended");
  await pool.close();
  await failed;
  await new Promise(setImmediate);
  expect(begun).toEqual(["first"]);
});
