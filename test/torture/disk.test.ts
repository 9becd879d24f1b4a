import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Disk, type Mood } from "../../scripts/torture/disk.ts";
import { randomOf } from "../../scripts/torture/random.ts";

const scratch = mkdtempSync(join(tmpdir(), "sinkflow-disk-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

type Operation = { name: string; path: string; to?: string; handle?: string; data?: string };
const create = { name: "create", path: "/r/.a", handle: "1" };
const write = { name: "writeFile", path: "/r/.a", handle: "1", data: Buffer.from("whole").toString("base64") };
const sync = { name: "sync", path: "/r/.a", handle: "1" };
const rename = { name: "rename", path: "/r/.a", to: "/r/a" };
const syncFolder = [
  { name: "open", path: "/r", handle: "2" },
  { name: "sync", path: "/r", handle: "2" },
];

let count = 0;
/** What a power cut after some operations leaves: names and contents. */
function leftAfter(operations: Operation[], mood: Mood, seed = 1): Record<string, string> {
  const disk = new Disk("/r");
  operations.forEach((operation, id) => {
    disk.feed({ id, phase: "begin", ...operation });
    disk.feed({ id, phase: "end", ok: true, ...operation });
  });
  const out = join(scratch, String(count++));
  disk.leave(out, mood, randomOf(seed));
  return Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), "latin1")]));
}

describe("a power cut", () => {
  it("takes names whose folder was not synced", () => {
    expect(leftAfter([create, write, sync, rename], "none")).toEqual({});
    expect(leftAfter([create, write, sync, rename], "all")).toEqual({ a: "whole" });
    expect(leftAfter([create, write, sync, rename, ...syncFolder], "none")).toEqual({ a: "whole" });
    expect(leftAfter([create, ...syncFolder, write, sync, rename], "none")).toEqual({ ".a": "whole" });
  });

  it("takes bytes that were not synced, in part or whole", () => {
    expect(leftAfter([create, write, rename, ...syncFolder], "none")).toEqual({ a: "" });
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => leftAfter([create, write, rename, ...syncFolder], "some", seed)["a"]));
    expect(seen).toContain("who");
    expect(seen).toContain("whole");
    expect(seen).toContain("wh\0");
  });

  it("may take one of two changes and leave the later one", () => {
    const other = [
      { name: "create", path: "/r/b", handle: "3" },
      { name: "sync", path: "/r/b", handle: "3" },
    ];
    const seen = Array.from({ length: 50 }, (_, seed) => leftAfter([create, write, sync, ...other], "some", seed));
    expect(seen.map((files) => Object.keys(files).sort().join())).toEqual(expect.arrayContaining(["", ".a", "b", ".a,b"]));
  });
});
