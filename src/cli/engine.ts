import { type EngineChoice, type OpenedEngine, type OpenOptions, openEngine } from "../node.ts";
import { tell } from "./supervised.ts";
import { say } from "./terminal.ts";

/** Options of every command that computes. */
export interface EngineOptions {
  engine: EngineChoice;
  adapter?: string;
  quiet?: boolean;
}

/** Opens the engine that a command's options ask for, and tells the user why `auto` took no GPU. */
export async function engineFor({ engine, adapter, quiet }: EngineOptions, more: OpenOptions = {}): Promise<OpenedEngine> {
  tell({ engine: engine === "cpu" ? "cpu" : "webgpu" }); // before a driver is loaded, which may end the process
  const opened = await openEngine(engine, { adapter, ...more });
  tell({ engine: opened.engine.kind });
  if (opened.note && !quiet) say(opened.note);
  return opened;
}
