import { type EngineChoice, type OpenedEngine, type OpenOptions, openEngine } from "../node.ts";
import { say } from "./terminal.ts";

/** Options of every command that computes. */
export interface EngineOptions {
  engine: EngineChoice;
  adapter?: string;
  quiet?: boolean;
}

/** Opens the engine that a command's options ask for, and tells the user why `auto` took no GPU. */
export async function engineFor({ engine, adapter, quiet }: EngineOptions, more: OpenOptions = {}): Promise<OpenedEngine> {
  const opened = await openEngine(engine, { adapter, ...more });
  if (opened.note && !quiet) say(opened.note);
  return opened;
}
