import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { orAbandon } from "../../src/cli/results.ts";
import { SinkflowError } from "../../src/model/errors.ts";
import { prepareFolder } from "../../src/results/prepare.ts";

const path = mkdtempSync(join(tmpdir(), "sinkflow-abandon-"));
afterAll(() => rmSync(path, { recursive: true, force: true }));

const manifest = { sinkflow: "1", engine: "cpu", adapter: null, host: "h", node: "20.1.2", started: "" } as const;

describe("work that writes into a folder", () => {
  /** Work that goes on until it is told to end, as a part that takes hours. */
  const endless = (signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(new SinkflowError("interrupted", "interrupted")), { once: true }),
    );

  it("ends when the folder is lost, with what became of it", async () => {
    const folder = await prepareFolder(join(path, "lost"), { manifest });
    const work = orAbandon(folder, new AbortController().signal, endless);
    folder.fail(new SinkflowError("storage", "lost: expected the own lock, got none"));
    await expect(work).rejects.toMatchObject({ failure: "storage", message: "lost: expected the own lock, got none" });
  });

  it("ends as interrupted where it is, though the folder is lost meanwhile", async () => {
    const folder = await prepareFolder(join(path, "interrupted"), { manifest });
    const interruption = new AbortController();
    const work = orAbandon(folder, interruption.signal, endless);
    interruption.abort();
    folder.fail(new SinkflowError("storage", "lost"));
    await expect(work).rejects.toMatchObject({ failure: "interrupted" });
  });
});
