import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { prepareFolder } from "../../src/sweep/folder.ts";

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
    .filter((name) => name !== "figures")
    .sort();
const manifest = { sinkflow: "1", engine: "cpu", adapter: null, host: "h", started: "", ended: "" } as const;
const write = async (path: string, fresh: boolean, tables: readonly string[], files: Record<string, string> = {}) => {
  const results = await prepareFolder(path, fresh);
  for (const name of tables) await (await results.open(name))(Buffer.from(name));
  await results.write(files, { ...manifest, experiments: [], specifications: [] });
};

/** A file of every kind that a command writes. */
const tables = ["runs.parquet", "trajectories.parquet", "logistic-many.runs.csv", "regression-start-1.runs.parquet"];
const files = { "summary.json": "{}", "report.html": "", "numbers.csv": "", "figures/kappa-2.svg": "", "figures/kappa-2.csv": "" };

describe("a results folder", () => {
  it("holds what was written, listed in its manifest, and no temporary file", async () => {
    const path = holding();
    await write(path, false, tables, files);
    expect(held(path)).toEqual([...tables, ...Object.keys(files), "manifest.json"].sort());
    const { files: listed, ...rest } = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8"));
    expect(Object.keys(listed).sort()).toEqual([...tables, ...Object.keys(files)].sort());
    expect(rest).toEqual({ ...manifest, experiments: [], specifications: [] });
  });

  it("loses all old results to fresh ones, of whatever kind", async () => {
    const path = holding();
    await write(path, false, tables, files);
    await expect(prepareFolder(path, false)).rejects.toThrow("got one that holds results; --fresh replaces them");
    await write(path, true, ["runs.parquet"], { "summary.json": "new" });
    expect(held(path)).toEqual(["manifest.json", "runs.parquet", "summary.json"]);
  });

  it.each([...tables, ...Object.keys(files), "manifest.json"])(
    "may be left by a process that was killed while it wrote %s",
    async (name) => {
      const temporary = name.replace(/[^/]*$/, (last) => `.${last}.0123456789ab`);
      for (const left of [{ [temporary]: "" }, { [name === "manifest.json" ? "report.html" : name]: "", [temporary]: "" }]) {
        const path = holding(left);
        await expect(prepareFolder(path, false)).rejects.toThrow("got one with incomplete results; --fresh replaces them");
        await write(path, true, ["runs.parquet"]);
        expect(held(path)).toEqual(["manifest.json", "runs.parquet"]);
      }
    },
  );

  it("loses what a process that was killed left beside older results", async () => {
    const path = holding();
    await write(path, false, tables, files);
    writeFileSync(join(path, ".runs.parquet.0123456789ab"), "half");
    writeFileSync(join(path, "figures/.kappa-2.png.0123456789ab"), "half");
    await write(path, true, ["runs.parquet"]);
    expect(held(path)).toEqual(["manifest.json", "runs.parquet"]);
  });

  it("keeps a user's files, also one that the manifest lists", async () => {
    const path = holding({ "notes.txt": "mine", "a.b.runs.csv": "mine", "figures/a b.svg": "mine" });
    writeFileSync(
      join(path, "manifest.json"),
      JSON.stringify({ files: { "notes.txt": {}, "../0/manifest.json": {}, "runs.parquet": {} } }),
    );
    await write(path, true, ["runs.parquet"]);
    expect(held(path)).toEqual(["a.b.runs.csv", "figures/a b.svg", "manifest.json", "notes.txt", "runs.parquet"]);
  });

  it.each([{ "notes.txt": "" }, { "summary.json": "", "figures/mine.txt": "" }, { "summary.json": "", ".notes.txt.0123456789ab": "" }])(
    "is refused where it holds other files and no manifest: %j",
    async (files) => {
      const path = holding(files);
      for (const fresh of [false, true])
        await expect(prepareFolder(path, fresh)).rejects.toThrow("expected an empty or a results folder, got one that holds other files");
      expect(held(path)).toEqual(Object.keys(files).sort());
    },
  );

  it("is gone where it was made for results that were abandoned, and as it was where it was not", async () => {
    for (const old of [undefined, "runs.parquet"]) {
      const path = join(folder, `made-${old}`, "inner");
      if (old) await write(path, false, [old]);
      const before = old && held(path);
      const results = await prepareFolder(path, true);
      await (await results.open("runs.parquet"))(Buffer.from("half"));
      await results.abandon();
      if (before) expect(held(path)).toEqual(before);
      else expect(readdirSync(folder)).not.toContain(`made-${old}`);
    }
  });

  it("takes no file whose name it would not know again", async () => {
    const results = await prepareFolder(holding(), false);
    await expect(results.open("notes.txt")).rejects.toThrow("notes.txt");
    await expect(results.write({ "figures/Mine.svg": "" }, { ...manifest, experiments: [], specifications: [] })).rejects.toThrow(
      "Mine.svg",
    );
  });
});
