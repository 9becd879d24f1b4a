import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { clearLocks, Lock } from "../../src/results/lock.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));
let path = "";
let count = 0;
beforeEach(() => {
  const results = join(folder, String(count++));
  mkdirSync(results);
  path = join(results, "locks/0-of-1.json");
});
const take = () => Lock.take(path, () => {});
const seconds = (age: number) => utimesSync(path, Date.now() / 1000 - age, Date.now() / 1000 - age);

/** The lock that this process took, as another's: its file, changed. */
async function heldBy(change: object, age = 0): Promise<string> {
  const lock = await take();
  const text = JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change });
  await lock.release();
  mkdirSync(dirname(path));
  writeFileSync(path, text);
  seconds(age);
  return text;
}

describe("a lock", () => {
  it("is one process's until it is released, and then leaves nothing", async () => {
    const lock = await take();
    await expect(take()).rejects.toMatchObject({
      failure: "storage",
      message: expect.stringMatching(
        new RegExp(
          `${dirname(dirname(path))}: expected a folder that no other process writes, got one that process ${process.pid} on .* does`,
        ),
      ),
    });
    await expect(clearLocks([path])).rejects.toThrow("that no other process writes");
    await lock.release();
    expect(readdirSync(dirname(dirname(path)))).toEqual([]);
    await (await take()).release();
  });

  it("is one process's, of many that take it at once", async () => {
    const taken = await Promise.allSettled(Array.from({ length: 20 }, take));
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(readdirSync(dirname(path))).toEqual(["0-of-1.json"]);
  });

  it("is taken over at once where its process has ended on this machine, though its number is another process's now", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    await heldBy({ process: child.pid });
    await (await take()).release();
    await heldBy({ processStart: "1" }); // a process of this number runs: this one
    await (await take()).release();
    await heldBy({ processStart: "1" });
    await clearLocks([path]);
    expect(existsSync(path)).toBe(false);
  });

  it.each<[string, object]>([
    ["host", { host: "another" }],
    ["start of the system", { boot: "another" }],
    ["space of processes", { namespace: "pid:[1]" }],
  ])("of another %s is taken over when it was not renewed for a minute", async (_, other) => {
    const text = await heldBy({ ...other, process: 1, processStart: "1" }, 50);
    await expect(take()).rejects.toThrow(`process 1 on ${"host" in other ? "another" : hostname()}`);
    expect(readFileSync(path, "utf8")).toBe(text);
    seconds(70);
    await (await take()).release();
  });

  it("whose process runs here is not taken over, however old it is", async () => {
    const lock = await take();
    seconds(3600);
    await expect(take()).rejects.toThrow("that no other process writes");
    await lock.release();
  });

  it("that can't be read is held as long as it is new", async () => {
    mkdirSync(dirname(path));
    writeFileSync(path, "{");
    await expect(take()).rejects.toThrow("got one that another process does");
    seconds(70);
    await (await take()).release();
  });

  it("is renewed every ten seconds, by the file system's clock; where it is another's meanwhile, its holder is told, and leaves it", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      const lost: unknown[] = [];
      const lock = await Lock.take(path, (error) => lost.push(error));
      seconds(1000);
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(() => expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(5000));
      expect(lost).toEqual([]);
      writeFileSync(path, "another's");
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(() => expect(lost).toHaveLength(1));
      expect(String(lost[0])).toContain("expected the lock of this process, got another's or none");
      await lock.release();
      expect(readFileSync(path, "utf8")).toBe("another's");
    } finally {
      vi.useRealTimers();
    }
  });
});
