import { describe, expect, it } from "vitest";
import { dealt } from "../../src/gpu/dealing.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import { DeviceFault } from "../../src/model/errors.ts";
import type { Engine, Segment } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve));

/** An engine of several that do nothing; what they are asked for, until they are told that they have prepared a family. */
function several(most: number, another?: () => Promise<Engine>) {
  const asked: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const familyOf = ({ tokens }: Ensemble) => String(tokens);
  const faults = new Map<number, Error>();
  let made = 0;
  const make = () => {
    const number = made++;
    const say = (what: string) => void asked.push(`${number} ${what}`);
    return {
      kind: "webgpu",
      adapter: null,
      check() {},
      prepare: (ensemble: Ensemble) =>
        new Promise<void>((resolve, reject) => {
          say(`prepares ${familyOf(ensemble)}`);
          ends.set(familyOf(ensemble), (error) => (error ? reject(error) : resolve()));
        }),
      follow: async ([segment]: Segment[]) => {
        say(`follows ${familyOf((segment as Segment).ensemble)}`);
        if (faults.has(number)) throw faults.get(number);
      },
      close: async () => say("closes"),
    } as unknown as Engine;
  };
  const engine = dealt(make(), another ?? (async () => make()), most);
  /** A family by its number of tokens. */
  const ensemble = (tokens: number) => parseEnsemble({ tokens, runs: 1 });
  return {
    engine,
    prepare: async (...families: number[]) => {
      for (const family of families) engine.prepare?.(ensemble(family)).catch(() => {});
      await turn();
    },
    follow: (family: number) => engine.follow([{ ensemble: ensemble(family), first: 0, count: 1 } as Segment]),
    end: async (family: number, error?: Error) => {
      ends.get(String(family))?.(error);
      await turn();
    },
    /** Has an engine fail from now on. */
    fail: (number: number, fault: Error) => void faults.set(number, fault),
    /** What was asked for since the last call. */
    asked: () => asked.splice(0),
  };
}

describe("dealt", () => {
  it("has each engine prepare one family at a time, in their order, and follow what it prepared", async () => {
    const { prepare, end, follow, asked } = several(2);
    await prepare(2, 3, 4, 5);
    expect(asked()).toEqual(["0 prepares 2", "1 prepares 3"]);
    await end(3);
    expect(asked()).toEqual(["1 prepares 4"]);
    await end(2, new Error("it does not compile")); // which is found again where it is followed
    expect(asked()).toEqual(["0 prepares 5"]);
    for (const family of [2, 3, 4, 5]) await follow(family);
    expect(asked()).toEqual(["0 follows 2", "1 follows 3", "1 follows 4", "0 follows 5"]);
  });

  it("has no more engines than there are families to prepare at a time", async () => {
    const { engine, prepare, end, asked } = several(3);
    await prepare(2);
    await end(2);
    await prepare(3, 4);
    await Promise.all([end(3), end(4)]);
    await engine.close();
    expect(asked()).toEqual(["0 prepares 2", "0 prepares 3", "1 prepares 4", "0 closes", "1 closes"]);
  });

  it("follows what was not prepared yet, and prepares nothing of it on another engine", async () => {
    const { prepare, end, follow, asked } = several(2);
    await prepare(2, 3, 4);
    await follow(4);
    await end(3);
    expect(asked()).toEqual(["0 prepares 2", "1 prepares 3", "0 follows 4", "0 prepares 4"]);
  });

  it("fulfils what it promises when a family is prepared, and rejects it where it could not be", async () => {
    const { engine, end } = several(2);
    const [good, bad] = [2, 3].map((tokens) => engine.prepare?.(parseEnsemble({ tokens, runs: 1 })));
    await turn();
    await end(2);
    await expect(good).resolves.toBeUndefined();
    const rejected = expect(bad).rejects.toThrow("it does not compile");
    await end(3, new Error("it does not compile"));
    await rejected;
  });

  it("goes on with the first engine where no other can be opened", async () => {
    const { engine, prepare, follow, asked } = several(2, async () => {
      throw new Error("there is no other");
    });
    await prepare(2, 3);
    await follow(3);
    await engine.close();
    expect(asked()).toEqual(["0 prepares 2", "0 prepares 3", "0 follows 3", "0 closes"]);
  });

  it("gives what other engines have to the first when the device of one fails, but not where it wants less, nor where the first fails", async () => {
    const { engine, prepare, follow, fail, asked } = several(3);
    await prepare(2, 3, 4);
    const [less, lost] = [new DeviceFault("out of memory", true), new DeviceFault("the device was lost")];
    const follows = async (family: number, fault: Error) => expect(follow(family)).rejects.toBe(fault);
    fail(0, lost);
    fail(1, less);
    await follows(2, lost);
    await follows(3, less);
    await follow(4);
    fail(1, lost);
    await follows(3, lost);
    fail(0, less);
    for (const family of [2, 3, 4]) await follows(family, less);
    await engine.close();
    const followed = ["0 follows 2", "1 follows 3", "2 follows 4", "1 follows 3", "0 follows 2", "0 follows 3", "0 follows 4"];
    expect(asked().slice(3)).toEqual([...followed, "0 closes", "1 closes", "2 closes"]);
  });
});
