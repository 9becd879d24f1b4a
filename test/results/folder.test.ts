import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sealed } from "../../src/results/digest.ts";
import type { ResultsFolder } from "../../src/results/folder.ts";
import { identityOf, manifestText } from "../../src/results/manifest.ts";
import { folders } from "../../src/results/names.ts";
import { type Preparation, prepareFolder as prepared, removeResults } from "../../src/results/prepare.ts";

const folder = mkdtempSync(join(tmpdir(), "sinkflow-folder-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
/** A new folder that holds these files, by their path in it. */
function holding(files: Record<string, string> = {}): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}
const held = (path: string) =>
  readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => !folders.includes(name) && !name.startsWith("locks/"))
    .sort();
/** The manifest in a folder, without what tells that it is as it was written. */
const manifestIn = (path: string) => {
  const { identity, checksum, ...rest } = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
  expect(identity).toBe(identityOf(manifest));
  expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  return rest;
};
const manifest = { sinkflow: "1", engine: "cpu", adapter: null, host: "h", node: "20.1.2", started: "" } as const;
const prepareFolder = (path: string, fresh: boolean, more: Partial<Preparation> = {}) => prepared(path, { manifest, fresh, ...more });
/** The same with other inputs. */
const prepareOther = (path: string, fresh = false) => prepareFolder(path, fresh, { manifest: { ...manifest, seed: 2 } });

/** Stores a part as a thread and the line of parts do. */
async function storePart(results: ResultsFolder, number: number): Promise<void> {
  const id = String(number).padStart(6, "0");
  const name = `runs/${id}.parquet`;
  writeFileSync(await results.pathOf(name), name);
  await results.commit(`parts/${id}.json`, `{"part": ${number}}`, { [name]: { sha256: `of ${name}`, bytes: name.length } });
}
const parts = ["parts/000000.json", "parts/000001.json", "runs/000000.parquet", "runs/000001.parquet"];
/** A file of every kind that is written at the end. */
const files = { "summary.json": "{}", "report.html": "", "numbers.csv": "", "figures/kappa-2.svg": "", "figures/kappa-2.csv": "" };
const write = async (path: string, fresh: boolean, files: Record<string, string> = {}) => {
  const results = await prepareFolder(path, fresh);
  await results.begin(manifest, 2);
  for (const number of [1, 0]) await storePart(results, number);
  await results.end(files, manifest);
};
const all = [...parts, ...Object.keys(files), "manifest.json"].sort();

describe("a results folder", () => {
  it("has its manifest first, and again when all is written: then it lists all files", async () => {
    const path = holding();
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 2);
    expect(held(path)).toEqual(["manifest.json"]);
    expect(manifestIn(path)).toEqual({ ...manifest, complete: false });
    await storePart(results, 1);
    await storePart(results, 0);
    expect(held(path)).toEqual([...parts, "manifest.json"].sort());
    expect(manifestIn(path).complete).toBe(false);
    await results.end(files, { ...manifest, ended: "then" });
    expect(held(path)).toEqual(all);
    const { files: listed, ...rest } = manifestIn(path);
    expect(Object.keys(listed)).toEqual([...parts, ...Object.keys(files)]);
    expect(listed["runs/000001.parquet"]).toEqual({ sha256: "of runs/000001.parquet", bytes: 19 });
    expect(rest).toEqual({ ...manifest, ended: "then", complete: true });
  });

  it("loses all old results to fresh ones, of whatever kind, before these begin", async () => {
    const path = holding();
    await write(path, false, files);
    await expect(prepareOther(path)).rejects.toThrow("of the same inputs, got others (seed: 2, there nothing); --fresh replaces them");
    const results = await prepareFolder(path, true);
    expect(held(path)).toEqual(all);
    await results.begin(manifest, 0);
    expect(held(path)).toEqual(["manifest.json"]);
    expect(readdirSync(path)).toEqual(["locks", "manifest.json"]);
    await results.end({ "summary.json": "new" }, manifest);
    expect(held(path)).toEqual(["manifest.json", "summary.json"]);
  });

  it.each(all)("may be left by a process that was killed while it wrote %s", async (name) => {
    const temporary = name.replace(/[^/]*$/, (last) => `.${last}.0123456789ab`);
    const incomplete = manifestText({ ...manifest, complete: false });
    for (const fresh of [false, true])
      for (const left of [{ [temporary]: "" }, { "manifest.json": incomplete, "runs/000007.parquet": "", [temporary]: "" }]) {
        const path = holding(left);
        const results = await prepareFolder(path, fresh);
        await results.begin(manifest, 2);
        await results.tidy();
        for (const number of [1, 0]) await storePart(results, number);
        await results.end({}, manifest);
        expect(held(path)).toEqual([...parts, "manifest.json"].sort());
      }
    const path = holding({ [name === "manifest.json" ? "report.html" : name]: "", [temporary]: "" });
    await expect(prepareFolder(path, false)).rejects.toThrow("got incomplete results without; --fresh replaces them");
    await write(path, true);
    expect(held(path)).toEqual([...parts, "manifest.json"].sort());
  });

  it("loses what a process that was killed left beside older results", async () => {
    const path = holding();
    await write(path, false, files);
    writeFileSync(join(path, "runs/.000002.parquet.0123456789ab"), "half");
    writeFileSync(join(path, "figures/.kappa-2.png.0123456789ab"), "half");
    await write(path, true);
    expect(held(path)).toEqual([...parts, "manifest.json"].sort());
  });

  it("loses what a process left that was killed when its results were complete", async () => {
    const path = holding();
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 0);
    await results.end(files, manifest);
    mkdirSync(join(path, "locks"), { recursive: true });
    for (const name of ["locks/.0-of-1.json.0123456789ab", ".summary.json.0123456789ab"]) writeFileSync(join(path, name), "half");
    writeFileSync(join(path, ".mine.0123456789ab"), "mine");
    const again = await prepareFolder(path, false);
    expect(await again.isIntact()).toBe(true);
    await again.release();
    expect(readdirSync(path).sort()).toEqual(
      [".mine.0123456789ab", "figures", ...Object.keys(files).filter((name) => !name.includes("/")), "manifest.json"].sort(),
    );
  });

  it("is left alone by a process that stood still while another took its lock and wrote the same results", async () => {
    const path = holding();
    const takeOver = (path: string) => {
      const lock = join(path, "locks/0-of-1.json");
      writeFileSync(lock, readFileSync(lock, "utf8").replace(/"token":"..../, '"token":"zzzz'));
    };
    const before = await prepareFolder(path, false);
    takeOver(path);
    writeFileSync(join(path, "summary.json"), "the other's");
    await expect(before.begin(manifest, 1)).rejects.toThrow("expected the lock of this process, got another's");
    await expect(before.tidy()).rejects.toThrow("expected the lock of this process, got another's");
    await before.abandon();
    expect(held(path)).toEqual(["summary.json"]);

    const later = holding();
    const begun = await prepareFolder(later, false);
    await begun.begin(manifest, 2);
    const part = await begun.pathOf("runs/000000.parquet");
    takeOver(later);
    writeFileSync(part, "the other's");
    await expect(begun.end(files, manifest)).rejects.toThrow("expected the lock of this process, got another's");
    await begun.abandon();
    expect(held(later)).toEqual(["manifest.json", "runs/000000.parquet"]);
  });

  it.each([true, false])("keeps a user's files, also one that the manifest lists: complete %s", async (complete) => {
    const own = ["notes.txt", "runs/mine.parquet", "parts/7.json", "figures/a b.svg"];
    const path = holding(Object.fromEntries(own.map((name) => [name, "mine"])));
    const digest = { sha256: "", bytes: 0 };
    const listed = { "notes.txt": digest, "../0/manifest.json": digest, "runs/000009.parquet": digest };
    writeFileSync(join(path, "runs/000009.parquet"), "old");
    writeFileSync(join(path, "manifest.json"), manifestText({ ...manifest, complete, ...(complete && { files: listed }) }));
    await write(path, true);
    expect(held(path)).toEqual([...own, ...parts, "manifest.json"].sort());
  });

  it.each([
    { "notes.txt": "" },
    { "summary.json": "", "figures/mine.txt": "" },
    { "runs/000000.parquet": "", "runs/mine.parquet": "" },
    { "summary.json": "", ".notes.txt.0123456789ab": "" },
  ])("is refused where it holds other files and no manifest: %j", async (files) => {
    const path = holding(files as unknown as Record<string, string>);
    for (const fresh of [false, true])
      await expect(prepareFolder(path, fresh)).rejects.toThrow("expected an empty or a results folder, got one that holds other files");
    expect(held(path)).toEqual(Object.keys(files).sort());
  });

  it.each(["", "[]", "{}", '{"complete": 1}'])("is refused where its manifest is none: %j", async (text) => {
    const path = holding({ "manifest.json": text });
    for (const fresh of [false, true])
      await expect(prepareFolder(path, fresh)).rejects.toThrow("expected a manifest.json of this program, got one that can't be read");
  });

  it("takes no file whose name it would not know again", async () => {
    const results = await prepareFolder(holding(), false);
    await results.begin(manifest);
    await expect(results.pathOf("runs/1.parquet")).rejects.toThrow("runs/1.parquet");
    await expect(results.end({ "figures/Mine.svg": "" }, manifest)).rejects.toThrow("Mine.svg");
  });

  it("is removed with all results in it, and nothing else", async () => {
    const path = holding();
    await write(path, false, files);
    writeFileSync(join(path, "notes.txt"), "mine");
    await removeResults(path);
    expect(held(path)).toEqual(["notes.txt"]);
    rmSync(join(path, "notes.txt"));
    await write(path, false, files);
    await removeResults(path);
    expect(existsSync(path)).toBe(false);
  });
});

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

// A user who may do everything may also write there.
it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
  "a part's folder that can't be written is named in an error",
  async () => {
    const path = holding();
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 1);
    mkdirSync(join(path, "parts"));
    chmodSync(join(path, "parts"), 0o500);
    await expect(storePart(results, 0)).rejects.toMatchObject({ failure: "storage" });
  },
);

it("a folder of parts that is a link elsewhere is named in an error, and nothing is written there", async () => {
  const [path, elsewhere] = [holding(), holding()];
  const results = await prepareFolder(path, false);
  await results.begin(manifest, 1);
  symlinkSync(elsewhere, join(path, "parts"));
  await expect(results.commit("parts/000000.json", "{}", {})).rejects.toThrow("parts: expected a folder, got a link");
  expect(readdirSync(elsewhere)).toEqual([]);
});

it.each(["removed", "replaced by another", "replaced by a link"])(
  "a folder that is %s while it is written is named in an error",
  async (how) => {
    const path = holding();
    const results = await prepareFolder(path, false);
    await results.begin(manifest, 2);
    await storePart(results, 0);
    const away = `${path}-away`;
    renameSync(path, away);
    if (how === "replaced by another") mkdirSync(path);
    if (how === "replaced by a link") symlinkSync(holding(), path);
    const what = how === "removed" ? "it is gone" : "another one has its path";
    await expect(storePart(results, 1)).rejects.toThrow(`${path}: expected the folder that was there when writing began, but ${what}`);
    expect(await results.abandon()).toEqual({ isWritten: false, outcome: "What was written went with the folder." });
    if (how === "removed") expect(existsSync(path)).toBe(false);
    else expect(readdirSync(path)).toEqual([]);
    expect(held(away)).toEqual(["manifest.json", "parts/000000.json", "runs/000000.parquet"]);
  },
);

it("a file that another puts under a name of a part is left as it is, and named in an error", async () => {
  const path = holding();
  const results = await prepareFolder(path, false);
  await results.begin(manifest, 2);
  await storePart(results, 0);
  writeFileSync(join(path, "parts/000001.json"), "mine");
  await expect(storePart(results, 1)).rejects.toMatchObject({ failure: "storage" });
  // With the same bytes the work was done twice, which is harmless.
  await results.commit("parts/000000.json", '{"part": 0}', {});
  await results.abandon();
  expect(readFileSync(join(path, "parts/000001.json"), "utf8")).toBe("mine");
});

it("a link to nothing is named in an error", async () => {
  const path = join(folder, "dangling");
  symlinkSync(join(folder, "void"), path);
  await expect(prepareFolder(path, false)).rejects.toThrow(`${path}: expected a folder, got a link to what is not there`);
  expect(existsSync(join(folder, "void"))).toBe(false);
});

it("a link to itself is named in an error", async () => {
  const path = join(folder, "loop");
  symlinkSync(path, path);
  await expect(prepareFolder(path, false)).rejects.toThrow(`${path}: expected a folder, got links that lead to each other`);
});

it("a manifest that is cut off is set aside where records tell whose it was; locks that were begun are removed", async () => {
  const path = holding();
  const first = await prepareFolder(path, false);
  await first.begin(manifest, 2);
  await first.commit("parts/000000.json", sealed(JSON.stringify({ identity: identityOf(manifest) })), {});
  await first.abandon();
  writeFileSync(join(path, "manifest.json"), "");
  mkdirSync(join(path, "locks"));
  writeFileSync(join(path, "locks/.0-of-1.json.0123456789ab"), "");
  const lines: string[] = [];
  const again = await prepareFolder(path, false, { onDamage: (line) => lines.push(line) });
  await again.begin(manifest, 2);
  await again.tidy();
  expect(lines).toEqual([`${path}/manifest.json: it can't be read, or is missing; it is made again. Moved to damaged/manifest.json.`]);
  expect(manifestIn(path).complete).toBe(false);
  expect(readdirSync(join(path, "locks"))).toEqual(["0-of-1.json"]);
  await again.abandon();
});

it("a folder of parts that is a file is named in an error, and the rest is tidied up", async () => {
  const path = holding();
  const results = await prepareFolder(path, false);
  await results.begin(manifest, 1);
  writeFileSync(join(path, "runs"), "in the way");
  await expect(storePart(results, 0)).rejects.toMatchObject({
    failure: "storage",
    message: expect.stringContaining("expected a folder, got a file on the way to it"),
  });
  await results.abandon();
  expect(readdirSync(path)).toEqual(["manifest.json", "runs"]); // as beside any other file
});
