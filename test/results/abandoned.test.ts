import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  all,
  files,
  folder,
  held,
  holding,
  manifest,
  manifestIn,
  parts,
  prepareFolder,
  storePart,
  write,
} from "../support/resultsFolder.ts";

describe("results that are abandoned", () => {
  it("are gone where no part is whole, with the folder where it was made for them", async () => {
    for (const isMade of [false, true]) {
      const path = isMade ? join(folder, "made", "inner") : holding();
      const results = await prepareFolder(path, false);
      await results.begin(manifest, 2);
      writeFileSync(await results.pathOf("runs/000000.parquet"), "whole, but its record is not there");
      writeFileSync(join(path, "runs/.000000.parquet.0123456789ab"), "half");
      expect(await results.abandon()).toEqual({ isWritten: false });
      if (isMade) expect(existsSync(join(folder, "made"))).toBe(false);
      else expect(readdirSync(path)).toEqual([]);
      await expect(storePart(results, 1)).rejects.toThrow("interrupted");
    }
  });

  it("tell how many parts are whole at least where a search for them failed", async () => {
    const path = join(folder, "searched");
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 3);
    await storePart(results, 0);
    const failed = results.looking(() => Promise.reject(new Error("EIO")));
    await expect(failed).rejects.toThrow("EIO");
    expect((await results.abandon()).outcome).toBe(`At least 1 of 3 parts are whole, and stay in ${path}.`);
  });
  it("keep their parts that are whole, and the manifest", async () => {
    const path = holding();
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 3);
    await storePart(results, 1);
    writeFileSync(await results.pathOf("runs/000002.parquet"), "");
    const outcome = `1 of 3 parts are whole, and stay in ${path}.`;
    expect(await results.abandon()).toEqual({ isWritten: false, outcome });
    expect(held(path)).toEqual(["manifest.json", "parts/000001.json", "runs/000001.parquet"]);
    expect(manifestIn(path).complete).toBe(false);
  });

  it("end first what writes files of parts", async () => {
    const path = holding();
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 2);
    const late = await results.pathOf("runs/000000.parquet");
    let ended = false;
    results.onAbandon(async () => {
      writeFileSync(late, "written while it was ended");
      ended = true;
    });
    await results.abandon();
    expect(ended).toBe(true);
    expect(readdirSync(path)).toEqual([]);
  });

  it("wait for what is being written", async () => {
    const path = holding();
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 2);
    const storing = storePart(results, 0).catch(() => "not stored");
    const placing = results.pathOf("runs/000001.parquet").catch(() => {});
    await results.abandon();
    const after = held(path);
    await Promise.all([storing, placing]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held(path)).toEqual(after);
    expect(readdirSync(path)).toEqual([]);
  });

  it("leave old results alone before they begin, and say that these are deleted afterwards", async () => {
    const path = holding();
    await write(path, false, files);
    expect(await (await prepareFolder(path, true)).abandon()).toEqual({ isWritten: false });
    expect(held(path)).toEqual(all);
    const results = await prepareFolder(path, true);
    await results.begin(manifest, 2);
    const outcome = `The old results in ${path} are deleted, and nothing of new ones is whole.`;
    expect(await results.abandon()).toEqual({ isWritten: false, outcome });
    expect(readdirSync(path)).toEqual([]);
  });

  it("leave the manifest beside other files: without it the folder would be refused", async () => {
    const path = holding();
    await write(path, false);
    writeFileSync(join(path, "notes.txt"), "mine");
    const results = await prepareFolder(path, true);
    await results.begin(manifest, 2);
    await results.abandon();
    expect(held(path)).toEqual(["manifest.json", "notes.txt"]);
    await write(path, false);
    expect(held(path)).toEqual(["manifest.json", "notes.txt", ...parts].sort());
  });

  it("keep the sweeps in them that are complete", async () => {
    const path = holding();
    const results = await prepareFolder(path, false, { inner: ["one", "two"] });
    await results.begin(manifest);
    const inner = async (name: string) => {
      const folder = await prepareFolder(join(path, name), false);
      results.hold(folder);
      return folder;
    };
    const one = await inner("one");
    await one.begin(manifest, 1);
    await storePart(one, 0);
    await one.end({}, manifest);
    const two = await inner("two");
    await two.begin(manifest, 2);
    await storePart(two, 0);
    const outcome = `1 of 2 parts are whole, and stay in ${join(path, "two")}. 1 sweep is complete in ${path}.`;
    expect(await results.abandon()).toEqual({ isWritten: false, outcome });
    expect(manifestIn(join(path, "one")).complete).toBe(true);
    expect(manifestIn(path).complete).toBe(false);
    expect((await prepareFolder(path, false, { inner: ["one", "two"] })).isComplete).toBe(false);
  });
});
