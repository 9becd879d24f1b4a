import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { run } from "../../scripts/torture/programs.ts";
import { filesIn } from "../../scripts/torture/sweeps.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const scratch = mkdtempSync(join(tmpdir(), "sinkflow-merge-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const shards = [0, 1].map((index) => join(scratch, `shard-${index}`));
const specification = {
  tokens: 2,
  runs: 2,
  integrator: { kind: "euler", step: 1 },
  until: { steps: 2 },
  record: { steps: [0, 2], trajectories: 1 },
  grid: { tokens: [2, 3, 4, 5, 6, 7], normalizer: ["softmax", "sparsemax", "relu"] }, // two parts
};

beforeAll(async () => {
  const file = join(scratch, "sweep.json");
  writeFileSync(file, JSON.stringify(specification));
  for (const [index, out] of shards.entries()) {
    const { code, stderr } = await run(["run", file, "--engine", "cpu", "--quiet", "--shard", `${index}/2`, "--out", out]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  }
});

interface Event {
  at: number;
  id: number;
  phase: "begin" | "end";
  name: string;
  path: string;
  to?: string;
  ok?: boolean;
}

/** Merges, and returns the operations of files that went well, in the order of their ends. */
async function merged(out: string, failing?: string): Promise<Event[]> {
  const log = `${out}.log`;
  const fault = failing === undefined ? {} : { fault: { key: `link ${failing}`, nth: 0, action: "fail" as const, code: "EXDEV" } };
  const { code, stderr } = await run(["merge", ...shards, "--quiet", "--out", out], { plan: { root: scratch, log, ...fault } });
  expect(stderr).toContain("2 of 2 parts are there");
  expect(code).toBe(0);
  const lines: Event[] = readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const ended = lines.filter(({ phase, ok }) => phase === "end" && ok).sort((one, other) => one.at - other.at);
  return ended.map(({ id }) => lines.find((line) => line.phase === "begin" && line.id === id) as Event);
}

/** What a power cut after these operations may take of a file. */
function unsafe(events: readonly Event[], path: string): string | undefined {
  const named = events.findLastIndex(({ name, to }) => ["link", "rename", "copyFile"].includes(name) && to === path);
  const { name, path: from } = events[named] as Event;
  const isSynced = (file: string, some: readonly Event[]) => some.some((event) => event.name === "sync" && event.path === file);
  // A link is of a file that a shard has synced.
  if (name !== "link" && !isSynced(from, events.slice(0, named))) return `bytes of ${basename(path)}`;
  return isSynced(dirname(path), events.slice(named)) ? undefined : `name of ${basename(path)}`;
}

for (const [what, failing] of [
  ["links", undefined],
  ["copies, where there can be no link", "shard-0/runs/000000.parquet"],
] as const)
  it(`a merged folder of ${what} is safe from a power cut when merge has ended`, async () => {
    const out = join(scratch, failing ? "copied" : "linked");
    const events = await merged(out, failing);
    const parts = filesIn(out).filter((name) => /^(runs|trajectories|parts)\//.test(name));
    expect(parts).toHaveLength(6);
    expect(parts.flatMap((name) => unsafe(events, join(out, name)) ?? [])).toEqual([]);
    if (failing) expect(events.some(({ name, to }) => name === "rename" && to === join(out, "runs/000000.parquet"))).toBe(true);
  });
