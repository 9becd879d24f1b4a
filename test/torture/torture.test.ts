import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { contend } from "../../scripts/torture/contention.ts";
import { damage, drawFlips, truncations } from "../../scripts/torture/damage.ts";
import { injectFaults } from "../../scripts/torture/faults.ts";
import { takeAway } from "../../scripts/torture/folder.ts";
import { kill } from "../../scripts/torture/kills.ts";
import { cutPower } from "../../scripts/torture/power.ts";
import { randomOf } from "../../scripts/torture/random.ts";
import { readDamaged } from "../../scripts/torture/reader.ts";
import { type Sweep, undisturbed, undisturbedFolder } from "../../scripts/torture/sweeps.ts";
import { Tally } from "../../scripts/torture/tally.ts";

// A small part of `npm run torture`.
vi.setConfig({ testTimeout: 600_000 }); // dozens of processes, on a machine that may be busy
const scratch = mkdtempSync(join(tmpdir(), "sinkflow-torture-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let small: Sweep;
beforeAll(async () => {
  small = await undisturbed(scratch, "small");
});

/** Tries something, and expects that nothing is lost, silently wrong, badly said or left behind. */
async function expectSurvival(atLeast: number, attempt: (tally: Tally) => Promise<void>): Promise<void> {
  const tally = new Tally();
  await attempt(tally);
  expect(tally.problems).toEqual([]);
  expect(tally.tried()).toBeGreaterThanOrEqual(atLeast);
}

it("a sweep that is killed at 12 random moments gives the bytes of one that is not", () =>
  expectSurvival(12, (tally) => kill({ scratch, sweep: small, tally, random: randomOf(1), count: 12 })));

it("operations of files that fail end a command with 4, and it can go on", () =>
  expectSurvival(5, (tally) =>
    injectFaults({ scratch, sweep: small, tally, choose: ({ key }, index) => !key.includes("figures") && index % 41 === 0 }),
  ));

it("power cuts cost nothing that was whole", () =>
  expectSurvival(20, (tally) => cutPower({ scratch, sweep: small, tally, random: randomOf(2), count: 20 })));

it("a flipped bit or a truncated file is said, and computed again", () =>
  expectSurvival(40, async (tally) => {
    const folder = undisturbedFolder(scratch, small);
    const files = ["parts/000002.json", "runs/000002.parquet", "trajectories/000002.parquet"];
    await damage({ scratch, sweep: small, tally, folder, name: "complete", damages: drawFlips(folder, 40, randomOf(3)) });
    await damage({
      scratch,
      sweep: small,
      tally,
      folder,
      name: "complete",
      damages: truncations(folder, files, { first: 0, stride: 4099 }),
    });
  }));

it("of processes that want one folder one works, and shards work side by side", () =>
  expectSurvival(8, (tally) => contend({ scratch, sweep: small, tally, processes: 4, isShort: true })));

it("a folder that is taken away is an error of storage", () =>
  expectSurvival(2, (tally) =>
    takeAway({ scratch, sweep: small, tally, times: 1, only: ["removed", "replaced by a link to another folder"] }),
  ));

it("damage at any place of a small part and of a manifest is seen", async () => {
  const tiny = await undisturbed(scratch, "tiny");
  await expectSurvival(1000, (tally) =>
    readDamaged({ scratch, sweep: tiny, folder: undisturbedFolder(scratch, tiny), tally, every: { first: 0, stride: 101 } }),
  );
});

it("other data than those of the undisturbed sweep are counted as silently wrong", async () => {
  const tally = new Tally();
  const folder = undisturbedFolder(scratch, small);
  const other = { ...small, data: new Map([...small.data, ["summary.json", "0"]]) };
  await damage({ scratch, sweep: other, tally, folder, name: "other", damages: [[{ file: "parts/000001.json", kind: "flip", at: 0 }]] });
  expect(tally.problems).toEqual([expect.stringMatching(/wrong: summary\.json changed/)]);
});
