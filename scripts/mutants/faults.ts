import { ofEveryProgram } from "./core.ts";
import type { Faults } from "./fault.ts";
import { ofKinds } from "./kinds.ts";

/** The planted faults. */
export const faults: Faults = { ...ofEveryProgram, ...ofKinds };

/** Shaders without a formula, and what they have instead. */
export const withoutFormula: Readonly<Record<string, string>> = {
  "bindings.wgsl": "loads and stores",
  "clocks/time.wgsl": "hands on what the loss gives",
  "lanes/neighbors.wgsl": "decides when loops end together, which changes no result",
  "lanes/no-neighbors.wgsl": "hands on its argument",
  "lanes/no-exchange.wgsl": "hands on its argument",
  "observables/no-mode.wgsl": "has no number",
};
