import type { Ensemble } from "../model/ensemble.ts";
import { DeviceFault } from "../model/errors.ts";
import { familyOf } from "../model/families.ts";
import type { Engine, Segment } from "../model/result.ts";

/** One of the engines. */
interface Place {
  engine: Promise<Engine>;
  /** How many families it prepares. */
  preparing: number;
}

/**
 * An engine that deals families over several, each with a device of its own. Some drivers compile a program when it is first dispatched, on the
 * one thread of its device's queue: so each device prepares one family at a time, several do so side by side, and the one that prepared a family
 * follows it.
 * @param another opens one more engine on the same adapter. Where that fails the first takes its place; where the device of one fails it takes the places of all, since
 * what is enough for one device may be too little for several
 * @param most how many there may be
 */
export function dealt(first: Engine, another: () => Promise<Engine>, most: number): Engine {
  const places: [Place, ...Place[]] = [{ engine: Promise.resolve(first), preparing: 0 }];
  /** All that were opened: one whose device failed may still be asked for something. */
  const engines = places.map(({ engine }) => engine);
  const owners = new Map<string, Place>();
  /** What is to be prepared, in the order in which it was asked for. */
  const waiting = new Set<{ family: string; prepare: (engine: Engine) => Promise<void> }>();

  const oneMore = (): Place | undefined => {
    if (places.length >= most) return undefined;
    const engine = another().catch(() => first);
    const place = { engine, preparing: 0 };
    places.push(place);
    engines.push(engine);
    return place;
  };
  const free = () => places.find(({ preparing }) => preparing === 0);
  /** Has what waits be prepared, as far as there are free engines. */
  const deal = () => {
    for (const asked of waiting) {
      const { family, prepare } = asked;
      const place = owners.get(family) ?? free() ?? oneMore();
      if (!place) return;
      waiting.delete(asked);
      owners.set(family, place);
      place.preparing++;
      place.engine.then(prepare).finally(() => {
        place.preparing--;
        deal();
      });
    }
  };
  return {
    ...first,
    prepare: (ensemble: Ensemble, options) =>
      new Promise((resolve, reject) => {
        const prepare = async (engine: Engine) => engine.prepare?.(ensemble, options).then(resolve, reject);
        waiting.add({ family: familyOf(ensemble), prepare });
        deal();
      }),
    async follow(segments, options) {
      const family = familyOf((segments[0] as Segment).ensemble);
      const place = owners.get(family) ?? free() ?? places[0];
      owners.set(family, place);
      const engine = await place.engine;
      return engine.follow(segments, options).catch((error) => {
        const isFault = error instanceof DeviceFault && !error.wantsLess;
        if (isFault && engine !== first) for (const other of places) other.engine = places[0].engine;
        throw error;
      });
    },
    async close() {
      waiting.clear();
      for (const engine of new Set(await Promise.all(engines))) await engine.close();
    },
  };
}
