import { readFileSync } from "node:fs";
import { compose } from "../../src/gpu/compose.ts";
import { type Constants, constantsOf } from "../../src/gpu/constants.ts";
import { type Mapping, mappingOf } from "../../src/gpu/mapping.ts";
import { unroll } from "../../src/gpu/unroll.ts";
import type { Ensemble } from "../../src/model/ensemble.ts";
import type { Lanes } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";

/** A program whose loop over steps is counted. */
export interface Case {
  /** How it steps; "euler twin" and "tsit5 twin" are flows by hand. */
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

/** The flow by hand, in a file that is named as the method is. */
function twin(method: string, ensemble: Ensemble, mapping: Mapping): string {
  const { TOKENS, ALL_TOKENS, DIM, LEVELS, STAGES, STAGE_WEIGHTS, ERROR } = constantsOf(ensemble, mapping);
  const own = { LAST: Number(STAGES) - 1, LANES: `${mapping.lanes.count}u` };
  const constants = { TOKENS, ALL_TOKENS, DIM, LEVELS, STAGES, STAGE_WEIGHTS, ERROR, ...own } as Constants;
  const declared = Object.entries(constants).map(([name, value]) => `const ${name} = ${value};`);
  const sources = ["lanes", method].map((name) => readFileSync(`scripts/instructions/${name}.wgsl`, "utf8"));
  return unroll([subgroups, ...declared, ...sources].join("\n"), constants);
}

const twins = ["euler", "tsit5"];

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

/** Each of our kernels on the lanes of the rule for a GPU, those of Euler's method also on one lane; and the twins on the same. */
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
        const mapping = mappingOf(ensemble, { lanes }, traits);
        const ours = { ...of, method, wgsl: () => compose(ensemble, "flow", mapping) };
        return twins.includes(method) ? [ours, { ...of, method: `${method} twin`, wgsl: () => twin(method, ensemble, mapping) }] : [ours];
      });
    }),
  );
}
