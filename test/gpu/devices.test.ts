import { describe, expect, it } from "vitest";
import { Devices, type Opened } from "../../src/gpu/devices.ts";
import { DeviceFault } from "../../src/model/errors.ts";

interface Made {
  opened: Opened;
  fault: DeviceFault | undefined;
}

/** A device that does nothing. @param description of its adapter */
function make(description = "one"): Made {
  const made: Made = { opened: {} as Opened, fault: undefined };
  const device = { destroy() {} };
  made.opened = {
    device: { adapter: { description }, limits: {}, device, fault: () => made.fault, release() {} },
    cache: {},
  } as unknown as Opened;
  return made;
}

/** Devices of which those after the first are opened by `next`; and what compiles on which, until it is told to end. */
function devicesOf(most: number, next: () => Made | undefined = make) {
  const made = [make()];
  const again = async () => ({}) as GPUAdapter;
  const opening = async () => {
    const one = next();
    if (!one) throw new DeviceFault("there is no other");
    made.push(one);
    return one.opened;
  };
  const devices = new Devices((made[0] as Made).opened, { again, most }, opening);
  const numberOf = (opened: Opened) => made.findIndex((one) => one.opened === opened);
  const began: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const prepare = (family: string) =>
    devices.prepare(
      family,
      (opened) =>
        new Promise<void>((resolve, reject) => {
          began.push(`${family} on ${numberOf(opened)}`);
          ends.set(family, (error) => (error ? reject(error) : resolve()));
        }),
    );
  const end = async (family: string, error?: Error) => {
    ends.get(family)?.(error);
    await new Promise(setImmediate);
  };
  return { devices, made, began, prepare, end, of: async (family: string) => numberOf(await devices.of(family)) };
}

const turn = () => new Promise(setImmediate);

describe("Devices", () => {
  it("has each device compile one family at a time, in their order", async () => {
    const { began, prepare, end, of } = devicesOf(2);
    for (const family of ["a", "b", "c", "d"]) prepare(family);
    await turn();
    expect(began).toEqual(["a on 0", "b on 1"]);
    await end("b");
    expect(began.slice(2)).toEqual(["c on 1"]);
    await end("a", new Error("it does not compile")); // where `a` is followed it is found again
    expect(began.slice(3)).toEqual(["d on 0"]);
    expect([await of("a"), await of("b"), await of("c"), await of("d")]).toEqual([0, 1, 1, 0]);
  });

  it("opens no more devices than there are families", async () => {
    const { made, prepare, of } = devicesOf(3);
    prepare("a");
    prepare("a");
    await turn();
    expect([await of("a"), made.length]).toEqual([0, 1]);
  });

  it("compiles all at once where there is one device", () => {
    const { began, prepare } = devicesOf(1);
    for (const family of ["a", "b"]) prepare(family);
    expect(began).toEqual(["a on 0", "b on 0"]);
  });

  it("gives a family that is followed before its turn a device at once, and does not compile it a second time", async () => {
    const { began, prepare, end, of } = devicesOf(1 + 1);
    for (const family of ["a", "b", "c"]) prepare(family);
    await turn();
    const place = await of("c");
    await end("a");
    await end("b");
    expect(began).toEqual(["a on 0", "b on 1"]);
    expect(await of("c")).toBe(place);
  });

  it("replaces a device that failed, and leaves the others", async () => {
    const { made, prepare, of } = devicesOf(2);
    for (const family of ["a", "b"]) prepare(family);
    await turn();
    (made[1] as Made).fault = new DeviceFault("the device was lost");
    expect([await of("a"), await of("b")]).toEqual([0, 2]);
  });

  it.each([
    ["there is no other device", () => undefined],
    ["the other one is of another adapter", () => make("another")],
  ])("follows all on the first device where %s", async (_, next) => {
    const { prepare, of } = devicesOf(2, next);
    for (const family of ["a", "b"]) prepare(family);
    await turn();
    expect([await of("a"), await of("b")]).toEqual([0, 0]);
  });
});
