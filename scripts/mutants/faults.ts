import { ofEveryProgram } from "./core.ts";
import type { Faults } from "./fault.ts";
import { ofKinds } from "./kinds.ts";
import { ofStatistics } from "./statistics.ts";
import { ofTraining } from "./training.ts";

/** The planted faults. */
export const faults: Faults = { ...ofEveryProgram, ...ofStatistics, ...ofKinds, ...ofTraining };

/** Shaders without a formula, and what they have instead. */
export const withoutFormula: Readonly<Record<string, string>> = {
  "bindings.wgsl": "loads and stores",
  "clocks/time.wgsl": "hands on what the loss gives",
  "clocks/pull.wgsl": "hands on its argument",
  "steps/stored.wgsl": "loads and stores",
  "steps/decay-stands.wgsl": "compares the state after one more step with that before, bit for bit",
  "steps/sure.wgsl": "decides which steps are looked at, which changes no result (test/gpu/quiet.test.ts)",
  "steps/unsure.wgsl": "has no number",
  "steps/slope.wgsl": "puts together what models and normalizers give",
  "steps/runge-kutta-stands.wgsl": "compares the state after one more step with that before, bit for bit",
  "steps/training-stands.wgsl": "compares the state after one more step with that before, bit for bit",
  "lanes/neighbors.wgsl": "decides when loops end together, which changes no result",
  "lanes/no-neighbors.wgsl": "hands on its argument",
  "lanes/no-exchange.wgsl": "hands on its argument",
  "observables/no-answer.wgsl": "has no number",
  "observables/no-crossings.wgsl": "has no number",
  "observables/no-dominance.wgsl": "has no number",
  "observables/no-fragility.wgsl": "has no number",
  "noise/none.wgsl": "has no number",
  "noise/no-aim-noise.wgsl": "hands on its argument",
  "noise/no-gradient-noise.wgsl": "has no number",
  "definitions/margin.wgsl": "puts together what a definition gives, which is compared with its twin before a run",
  "definitions/check-loss.wgsl": "loads and stores",
  "definitions/check-normalizer.wgsl": "loads and stores",
  "definitions/check-column.wgsl": "loads and stores",
};
