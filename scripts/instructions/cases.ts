import { readFileSync } from "node:fs";
import { compose } from "../../src/gpu/compose.ts";
import { mappingOf } from "../../src/gpu/mapping.ts";
import { unroll } from "../../src/gpu/unroll.ts";
import { ceilLog2 } from "../../src/model/mathematics.ts";
import type { Lanes } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

/** A program whose loop over steps is counted. */
export interface Case {
  /** How it steps; "twin" is the Euler flow by hand. */
  method: string;
  tokens: number;
  dim: number;
  /** Lanes of a run. */
  lanes: number;
  /** Its WGSL, whose entry point is `flow`. */
  wgsl: () => string;
  /** Multiply-adds of a step on one lane, at least, by which its loop is found. */
  fused: number;
}

/** A GPU with subgroups of 32, for the rule of lanes. */
const traits = { subgroup: 32, isGpu: true };

const methods: Record<string, { way: object; stages: number; shapes: readonly (readonly [number, number])[] }> = {
  euler: {
    way: { integrator: { kind: "euler", step: 0.01 } },
    stages: 1,
    shapes: [
      [8, 8],
      [16, 8],
      [16, 16],
      [32, 32],
    ],
  },
  heun: { way: { integrator: { kind: "heun", step: 0.01 } }, stages: 2, shapes: [[8, 8]] },
  rk4: { way: { integrator: { kind: "rk4", step: 0.01 } }, stages: 4, shapes: [[8, 8]] },
  tsit5: {
    way: {},
    stages: 6,
    shapes: [
      [8, 8],
      [16, 16],
    ],
  },
  momentum: { way: { optimizer: { kind: "momentum", learningRate: 0.01 } }, stages: 1, shapes: [[8, 8]] },
  adam: { way: { optimizer: { kind: "adam", learningRate: 0.01 } }, stages: 1, shapes: [[8, 8]] },
};

/** Twice n·d products, V p and Vᵀg, in every stage. */
const fusedOf = (tokens: number, dim: number, lanes: number, stages: number) => (2 * stages * tokens * dim) / lanes;

const subgroups = "enable subgroups;\ndiagnostic(off, subgroup_uniformity);";

function twin(tokens: number, dim: number, lanes: number): string {
  const constants = { TOKENS: tokens / lanes, DIM: dim, LEVELS: ceilLog2(lanes) };
  const declared = Object.entries({ ...constants, LANES: `${lanes}u` }).map(([name, value]) => `const ${name} = ${value};`);
  const source = readFileSync("scripts/instructions/twin.wgsl", "utf8");
  return unroll([subgroups, ...declared, source].join("\n"), constants);
}

/** A pass over values in memory, an entry point of scripts/instructions/passes.wgsl. */
export interface PassCase {
  pass: string;
  tokens: number;
  dim: number;
  lanes: number;
  wgsl: () => string;
  entryPoint: string;
}

const passes = { "V p": "output_pass", Vᵀg: "pull_pass", "norms of values": "norms_pass", "move of V": "move_pass" };

/** The passes of a step of tsit5, on the lanes of the rule for a GPU. */
export function passCases(): PassCase[] {
  return [64, 256].flatMap((size) => {
    const ensemble = parseEnsemble({ tokens: size, dim: size, loss: "cross-entropy", until: { time: 1 } });
    const mapping = mappingOf(ensemble, {}, traits);
    const wgsl = () => `${compose(ensemble, "flow", mapping)}\n${readFileSync("scripts/instructions/passes.wgsl", "utf8")}`;
    return Object.entries(passes).map(([pass, entryPoint]) => ({
      ...{ pass, tokens: size, dim: size, lanes: mapping.lanes.count },
      ...{ wgsl, entryPoint },
    }));
  });
}

/** Each of our kernels on the lanes of the rule for a GPU, those of Euler's method also on one lane; and the twin on the same. */
export function allCases(): Case[] {
  return Object.entries(methods).flatMap(([method, { way, stages, shapes }]) =>
    shapes.flatMap(([tokens, dim]) => {
      const ensemble = parseEnsemble({
        tokens,
        dim,
        loss: "square",
        until: { steps: 1000 },
        ...(method === "tsit5" ? { until: { time: 1 } } : way),
      });
      const { lanes: chosen } = mappingOf(ensemble, {}, traits);
      const ways: Lanes[] =
        method === "euler" && tokens * dim <= 256 && chosen.count > 1 ? [{ count: 1, subgroupLanes: 1 }, chosen] : [chosen];
      return ways.flatMap((lanes): Case[] => {
        const of = { tokens, dim, lanes: lanes.count, fused: fusedOf(tokens, dim, lanes.count, stages) };
        const ours = { ...of, method, wgsl: () => compose(ensemble, "flow", mappingOf(ensemble, { lanes }, traits)) };
        return method === "euler" ? [ours, { ...of, method: "twin", wgsl: () => twin(tokens, dim, lanes.count) }] : [ours];
      });
    }),
  );
}
