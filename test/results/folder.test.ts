import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sealed } from "../../src/results/digest.ts";
import { identityOf, manifestText } from "../../src/results/manifest.ts";
import { removeResults } from "../../src/results/prepare.ts";

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
  prepareOther,
  storePart,
  write,
} from "../support/resultsFolder.ts";

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

// Who may do everything may also write there: then as a user who has no rights, for as long as parts are stored.
it.skipIf(process.platform === "win32")("a part's folder that can't be written is told by an error", async () => {
  const path = holding();
  const results = await prepareFolder(path, false);
  await results.begin(manifest, 2);
  for (const name of ["parts", "runs"]) {
    mkdirSync(join(path, name), { recursive: true });
    chmodSync(join(path, name), 0o777);
  }
  chmodSync(folder, 0o755);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await storePart(results, 0);
    if (isRoot) process.seteuid?.(0);
    chmodSync(join(path, "parts"), 0o555);
    if (isRoot) process.seteuid?.(65534);
    await expect(storePart(results, 1)).rejects.toMatchObject({ failure: "storage" });
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  expect(held(path)).toEqual(["manifest.json", ...parts.filter((name) => name !== "parts/000001.json")]);
});

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
