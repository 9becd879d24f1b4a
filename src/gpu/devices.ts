import { DeviceFault, SinkflowError } from "../model/errors.ts";
import { type OpenDevice, openDevice } from "./device.ts";
import { PipelineCache } from "./program.ts";

/** A device with its pipelines. */
export interface Opened {
  device: OpenDevice;
  cache: PipelineCache;
}

export const withCache = (device: OpenDevice): Opened => ({ device, cache: new PipelineCache(device) });
export const open = async (adapter: GPUAdapter) => withCache(await openDevice(adapter));

/** Where a device is: another one after a fault. */
interface Place {
  opened: Opened | undefined;
  /** A device that is being opened. */
  opening?: Promise<Opened> | undefined;
  isCompiling: boolean;
}

export interface DevicesOptions {
  /** Finds the adapter once more: by default there is one device, and after a fault no other. */
  again?: (() => Promise<GPUAdapter | null>) | undefined;
  /** How many devices there may be. */
  most?: number;
}

/**
 * The devices of an engine, over which families are dealt. A driver on the CPU compiles a program when it is first dispatched, and does so on the one
 * thread of the device's queue; so there each device compiles one family at a time, and several compile side by side. With one device
 * all families are compiled at once, by the threads of the driver.
 */
export class Devices {
  private readonly places: [Place, ...Place[]];
  private readonly again: DevicesOptions["again"];
  private readonly most: number;
  private readonly described: string;
  /** The place of each family that has one, and what is to be compiled of those that have none yet, in their order. */
  private readonly owners = new Map<string, Place>();
  private readonly waiting = new Map<string, (opened: Opened) => Promise<unknown>>();
  private dealt = 0;

  /** @param opening opens a device; for tests */
  constructor(
    first: Opened,
    { again, most = 1 }: DevicesOptions = {},
    private readonly opening = open,
  ) {
    this.places = [{ opened: first, isCompiling: false }];
    this.again = again;
    this.most = again ? most : 1;
    this.described = describe(first);
  }

  /** Begins to compile what a family needs, now or when a device is free for it. @param compile its failure is that of no one who waits */
  prepare(family: string, compile: (opened: Opened) => Promise<unknown>): void {
    const owner = this.most === 1 ? this.places[0] : this.owners.get(family);
    if (owner) {
      if (owner.opened) compile(owner.opened).catch(() => {});
      return;
    }
    if (!this.waiting.has(family)) this.waiting.set(family, compile);
    this.deal();
  }

  /** The device of a family, in use. Throws DeviceFault where there is no new one after a fault. */
  async of(family: string): Promise<Opened> {
    const { places } = this;
    const turn = places[this.dealt++ % places.length] as Place;
    const place = this.owners.get(family) ?? (this.waiting.has(family) ? turn : (places.find(({ isCompiling }) => !isCompiling) ?? turn));
    this.waiting.delete(family);
    this.owners.set(family, place);
    return this.sound(place).catch((error) => {
      if (place === places[0]) throw error;
      this.owners.set(family, places[0]);
      return this.sound(places[0]);
    });
  }

  /** The first device. */
  first(): Promise<Opened> {
    return this.sound(this.places[0]);
  }

  release(): void {
    this.waiting.clear();
    for (const { opened } of this.places) opened?.device.release();
  }

  private deal(): void {
    for (const [family, compile] of this.waiting) {
      const place = this.places.find(({ isCompiling }) => !isCompiling) ?? this.another();
      if (!place) return;
      this.waiting.delete(family);
      this.owners.set(family, place);
      place.isCompiling = true;
      this.sound(place)
        .then(compile)
        .catch(() => {}) // a failure is reported where the family is followed
        .finally(() => {
          place.isCompiling = false;
          this.deal();
        });
    }
  }

  private another(): Place | undefined {
    if (this.places.length >= this.most) return undefined;
    const place: Place = { opened: undefined, isCompiling: false };
    this.places.push(place);
    return place;
  }

  /** The device of a place; a new one, if the last failed. */
  private async sound(place: Place): Promise<Opened> {
    const { again } = this;
    if (place.opened && (place.opened.device.fault() === undefined || !again)) return place.opened;
    place.opening ??= this.renew(place, again as NonNullable<typeof again>).finally(() => {
      place.opening = undefined;
    });
    return place.opening;
  }

  private async renew(place: Place, again: NonNullable<DevicesOptions["again"]>): Promise<Opened> {
    const last = place.opened?.device;
    last?.device.destroy();
    const found = await again();
    if (!found) throw new DeviceFault(`the adapter is gone${last ? ` after a fault: ${last.fault()?.message}` : ""}`);
    const next = await this.opening(found);
    const now = describe(next);
    if (now !== this.described) {
      next.device.device.destroy();
      throw new SinkflowError("device", `expected the adapter ${this.described} again${last ? " after a fault" : ""}, got ${now}`);
    }
    place.opened = next;
    return next;
  }
}

const describe = ({ device: { adapter, limits } }: Opened): string => JSON.stringify({ ...adapter, ...limits });
