import type { SpecificationName } from "./specifications.ts";

/** A change of a shader: the text `from`, which its file has exactly once, becomes `to`. */
export interface Fault {
  readonly says: string;
  readonly from: string;
  readonly to: string;
  /** With which of the specifications the changed line is executed. */
  readonly runs: SpecificationName;
  /** A key of `tests`: the test that must fail. */
  readonly test: keyof typeof tests;
  /** Why results stay right, so that neither a certificate nor a test should see the change. */
  readonly equivalent?: string;
}

/** Test files, and where it saves minutes, which of their tests: a pattern of names. */
export const tests = {
  parity: { file: "test/parity/parity.test.ts", names: "every loss, normalizer" },
  observables: { file: "test/parity/parity.test.ts", names: "every observable agrees" },
  adaptive: { file: "test/parity/adaptive.test.ts" },
  decay: { file: "test/parity/decay.test.ts" },
  optimizers: { file: "test/parity/optimizers.test.ts" },
  noise: { file: "test/parity/noise.test.ts" },
  starts: { file: "test/gpu/engine.test.ts", names: "starts drawn" },
  ends: { file: "test/gpu/engine.test.ts", names: "an ensemble on the device" },
  distributions: { file: "test/gpu/adaptive.test.ts" },
  lanes: { file: "test/gpu/lanes.test.ts" },
  reductions: { file: "test/gpu/reductions.test.ts" },
  clock: { file: "test/gpu/marginClock.test.ts" },
  fragility: { file: "test/parity/fragility.test.ts" },
  crossings: { file: "test/parity/crossings.test.ts" },
  counting: { file: "test/sweep/counting.test.ts" },
} as const satisfies Record<string, { file: string; names?: string }>;

/** Faults by the file under shaders/ that they are in. */
export type Faults = Readonly<Record<string, readonly Fault[]>>;

/** The text of a shader with a fault in it. Throws where the text that it changes is not there exactly once. */
export function planted(file: string, text: string, { says, from, to }: Pick<Fault, "says" | "from" | "to">): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`shaders/${file}: ${says}: expected this text exactly once, got it ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}
