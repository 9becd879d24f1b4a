import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { makeFolder } from "../../src/results/fileSystem.ts";

const { held } = vi.hoisted(() => ({ held: { syncs: 0, first: Promise.resolve() } }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const open = async (...args: Parameters<typeof real.open>) => {
    const handle = await real.open(...args);
    const { sync } = handle;
    handle.sync = async () => {
      if (held.syncs++ === 0) await held.first;
      await sync.call(handle);
    };
    return handle;
  };
  return { ...real, open };
});

const folder = mkdtempSync(join(tmpdir(), "sinkflow-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("a folder that another is making is safe on the disk when one may write into it", async () => {
  let release = () => {};
  held.first = new Promise((resolve) => {
    release = resolve;
  });
  const first = makeFolder(join(folder, "parts"));
  await vi.waitFor(() => expect(held.syncs).toBe(1)); // it is made, and not synced
  await makeFolder(join(folder, "parts"));
  expect(held.syncs).toBe(2);
  release();
  await first;
});
