import { join } from "node:path";
import { type folderChanges, spoil } from "./folders.ts";
import { faultOfAnswer, type World } from "./world.ts";

type Note = (kind: string, fault: string | undefined, input: string) => void;
type FolderChanges = typeof folderChanges extends { generate(...given: never[]): { value: infer C } } ? C : never;

/** Command lines in a process: more of them, and the modules that each of them loads anew would fill memory. */
const inProcess = 200;

/** Performs command lines, and looks after each whether something was written that may not be. Returns how many ended with 0. */
export async function performLines(world: World, lines: readonly (readonly string[])[], note: Note): Promise<number> {
  let done = 0;
  for (let from = 0; from < lines.length; from += inProcess) {
    const some = lines.slice(from, from + inProcess);
    world.reset();
    const allOuts = some.flat();
    const before = world.outside(allOuts);
    let at = 0;
    for await (const answer of world.shared(some)) {
      const args = some[at++] as readonly string[];
      note("command line", faultOfAnswer(answer), JSON.stringify(args));
      if (answer.code === 0) done++;
    }
    if (world.outside(allOuts) !== before) note("command lines", "wrote outside --out", JSON.stringify(some));
  }
  return done;
}

/** Has `report` and `run` meet spoiled results folders. Returns how many of them were taken. */
export async function performFolders(world: World, all: readonly FolderChanges[], note: Note): Promise<number> {
  let done = 0;
  for (let from = 0; from < all.length; from += inProcess / 4) {
    const some = all.slice(from, from + inProcess / 4);
    world.reset();
    for (const [i, changes] of some.entries()) spoil(world.good, join(world.work, `spoiled-${i}`), changes);
    const lines = some.map((_, i) => {
      const out = `spoiled-${i}`;
      if (i % 3 === 0) return ["report", out];
      return ["run", "good.json", "--engine", "cpu", "--quiet", "--out", out, ...(i % 3 === 1 ? ["--fresh"] : [])];
    });
    const named = some.flatMap((_, i) => ["--out", `spoiled-${i}`]);
    const before = world.outside(named);
    let at = 0;
    for await (const answer of world.shared(lines)) {
      note("results folder", faultOfAnswer(answer), JSON.stringify([lines[at], some[at]]));
      if (answer.code === 0) done++;
      at++;
    }
    if (world.outside(named) !== before) note("results folders", "wrote outside the folder", JSON.stringify(some));
  }
  return done;
}
