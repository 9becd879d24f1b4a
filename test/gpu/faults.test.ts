import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openWebgpuEngine } from "../../src/gpu/engine.ts";
import { columnNames } from "../../src/model/columns.ts";
import { DeviceFault } from "../../src/model/errors.ts";
import { type Engine, wholeOf } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { talliedNames, tallyWords } from "../../src/model/tallies.ts";
import { findAdapter } from "../../src/node.ts";
import { repeated } from "../../src/sweep/repeat.ts";
import { type Call, calls, type Fault, Faulty, possible } from "../support/faulty.ts";

const record = { times: { from: 5, to: 5, count: 1 }, vectors: true, trajectories: 3 };
const base = { tokens: 2, dim: 1, loss: "exponential", integrator: { kind: "euler", step: 0.05 }, until: { time: 10 }, record };
const ensembles = [2500, 60].map((runs) => parseEnsemble({ ...base, runs }));

/** The hash of all that an engine hands over of two points, in three batches. */
async function bytesOf(engine: Engine): Promise<string> {
  const hashes: string[] = [];
  await engine.follow(
    ensembles.map((ensemble) => wholeOf(ensemble, 4)),
    {
      trials: 70, // more than one pass
      onBatch: ({ segment, first, count, rows, vectors }) => {
        for (let run = 0; run < count; run++) {
          const row = columnNames.map((name) => rows[name][run]);
          const own = Array.from({ length: (vectors?.length ?? 0) / count }, (_, i) => vectors?.[i * count + run]);
          hashes.push(`${segment}.${first + run}: ${[...row, ...own].join()}`);
        }
      },
      onSegment: (segment, { tallies, ...result }) => {
        hashes.push(`${segment}: ${JSON.stringify(result)} ${tallies?.words.join()}`);
      },
    },
  );
  return createHash("sha256").update(hashes.join("\n")).digest("hex");
}

/** Follows the points on devices that fail as `faultAt` says, and again after each fault. */
async function attempt(faultAt: ConstructorParameters<typeof Faulty>[1]) {
  const faulty = new Faulty(findAdapter, faultAt, words);
  let engine: Engine | undefined;
  const bytes = await repeated(async () => {
    engine ??= await openWebgpuEngine(await faulty.adapter(), faulty.adapter);
    return bytesOf(engine);
  }).catch((error: Error) => error);
  await engine?.close();
  return { bytes, faulty };
}
const words = 2 * talliedNames.length * tallyWords + 100; // of a buffer: room for the histograms of one point; three batches
let clean: ReturnType<typeof attempt> | undefined;
const undisturbed = () => (clean ??= attempt(() => undefined));

/**
 * Faults are injected at calls of each kind: at so many of them, spread over all, since a new device compiles all programs again. With
 * SINKFLOW_FAULTS=1000 in the environment at every one, which takes an hour.
 */
const most = Number(process.env["SINKFLOW_FAULTS"] ?? 1);

describe("a fault of a device at one call: the results are as without it", () => {
  it("of which there are enough, in several batches", async () => {
    const { bytes, faulty } = await undisturbed();
    expect(bytes).toMatch(/^[0-9a-f]{64}$/);
    expect(faulty.devices).toBe(1);
    const count = (call: Call) => faulty.made.filter((made) => made === call).length;
    for (const call of calls) expect(count(call), call).toBeGreaterThan(0);
    expect(count("dispatchWorkgroups")).toBeGreaterThan(9 + 3 * 9);
  });
  const faults = [...new Set(Object.values(possible).flat())];
  it.each(faults)(
    "%s",
    async (fault) => {
      const { bytes, faulty } = await undisturbed();
      for (const call of calls.filter((call) => possible[call].includes(fault))) {
        const where = faulty.made.flatMap((made, number) => (made === call ? [number] : []));
        const isSilent = call === "dispatchWorkgroups" || call === "getMappedRange"; // only what comes of it can tell
        const count = Math.min(isSilent ? 3 * most : most, where.length);
        let again = 0;
        for (let i = 0; i < count; i++) {
          const at = where[Math.floor(((i + 0.5) * where.length) / count)] as number;
          const found = await attempt((_, number) => (number === at ? fault : undefined));
          expect(found.bytes, `${fault} at call ${at}, ${call}`).toBe(bytes);
          if (fault === "beyond") expect(found.faulty.devices).toBe(2); // the results do not show it
          if (found.faulty.made.length > faulty.made.length) again++;
        }
        console.log(`${fault} at ${count} of ${where.length} calls of ${call}: the same bytes, ${again} done again`);
      }
    },
    3_600_000,
  );
});

describe("a fault that comes again on every device", () => {
  it.each<[Call, Fault]>([
    ["requestDevice", "refuse"],
    ["createComputePipelineAsync", "refuse"],
    ["submit", "lose"],
    ["getMappedRange", "zero"],
  ])("%s, %s: is given up after three repetitions", async (call, fault) => {
    const { bytes, faulty } = await attempt((made) => (made === call ? fault : undefined));
    expect(faulty.devices).toBe(4);
    expect(bytes).toMatchObject({ failure: "device", message: expect.stringMatching(/ \(as after each of 3 repetitions\)$/) });
    expect(bytes).not.toBeInstanceOf(DeviceFault);
  });
});

describe("a device with little memory", () => {
  /** Refuses buffers of more words than `most`. */
  const refusing =
    (most: number) =>
    (call: Call, _number: number, _device: number, [descriptor]: readonly unknown[]): Fault | undefined =>
      call === "createBuffer" && (descriptor as GPUBufferDescriptor).size > 4 * most ? "refuse" : undefined;
  it("has the same results in smaller batches, on the same device", async () => {
    const { bytes, faulty } = await attempt(refusing(30_000));
    expect(bytes).toBe((await undisturbed()).bytes);
    expect(faulty.devices).toBe(1);
  });
  it("and where one run is too large, is given up", async () => {
    const { bytes } = await attempt(refusing(20_000));
    expect(bytes).toMatchObject({
      failure: "device",
      message: expect.stringMatching(/too little memory: injected, with as few runs at a time as there may be/),
    });
  });
});
