// A model of the mappings that a run can have on a GPU: registers, lanes that a multiprocessor holds, instructions, bytes and waiting of a trial, and which of them
// limits it. Beside it what was measured on an H200 (scripts/bench/results/h200.txt). It computes nothing on a device.
//   npm run -s script -- bench/occupancy [euler] [tsit5]
// What it takes for granted, and where that is from:
//   the chip      132 multiprocessors at 1.98 GHz, of 4 instructions of 32 lanes a cycle, 65,536 registers, 64 subgroups, 32 workgroups, 227 KiB of memory for
//                 workgroups out of 256 KiB that are the nearest cache too (CUDA Programming Guide, compute capability 9.0); 18 bytes a cycle and multiprocessor
//                 from the chip's memory, 128 from the nearest cache
//   registers     55 + 1.45 times the numbers that a lane holds under Euler's method, 150 + half of them under tsit5, 100 + all with values in memory: fits to what
//                 the driver told of an H200 (eight programs), and in memory to what Mesa's compiler takes
//   instructions  of a trial in registers, by hand; of passes over memory as counted in docs/speed.md
//   pace          instructions a cycle of those that could be issued: 0.37 to 0.50 in twelve of the thirteen measured rows of Euler's method, 0.16 in the other
//                 (8×8 on one lane, which spills)
//   far, near     cycles that a lane waits for a number out of memory, and out of the nearest cache. The first follows from 14 ms for 128 runs of four trials at
//                 256×256, some 136 passes with one number under way at a time
// It tells one mapping from another where they differ by half or more; times of adaptive runs that were measured are of the few runs that take most steps.

import { mappingOf } from "../../src/gpu/mapping.ts";
import type { Lanes } from "../../src/model/result.ts";
import { parseEnsemble } from "../../src/model/specification.ts";
import { instructionTables, passSum } from "../instructions/table.ts";

const chip = {
  multiprocessors: 132,
  hertz: 1.98e9,
  issues: 4,
  registers: 65_536,
  subgroups: 64,
  workgroups: 32,
  shared: 227 * 1024,
  cache: 256 * 1024,
};
const subgroup = 32;
const maxRegisters = 255;
const pace = 0.43;
const [far, near] = [800, 40];
const [farBytes, nearBytes] = [18, 128];
const boardBytes = 8192;

/** Instructions, a number of V, of the passes of a step; the error has no pass of its own but reads the board for every number. */
const passes = (() => {
  const table = instructionTables(".").at(-1)?.passes ?? [];
  const of = (name: string) => {
    const row = table.find(({ pass, tokens }) => pass === name && tokens === 256);
    if (!row) throw new Error(`occupancy: no count of ${name}`);
    return passSum(row);
  };
  return {
    output: of("V p"),
    pull: of("Vᵀg"),
    norms: of("norms of values"),
    move: of("move of V"),
    inFlight: Math.min(...table.map(({ inFlight }) => inFlight)),
  };
})();

interface Method {
  /** Slopes that a lane holds, and those that a trial computes. */
  held: number;
  computed: number;
  /** Slopes of a trial, each counted with those before it that move its state. */
  pairs: number;
  adaptive: boolean;
}
const methods: Record<string, Method> = {
  euler: { held: 1, computed: 1, pairs: 0, adaptive: false },
  tsit5: { held: 7, computed: 6, pairs: 21, adaptive: true },
};

/** Measured, by shape and lanes; "m" is in memory. Euler: 10⁹ run-steps a second; tsit5: ms, square loss, or cross-entropy where marked. */
const measured: Record<string, Record<string, Record<string, number>>> = {
  euler: {
    "8×8": { 1: 17.1, 2: 32.4, 4: 24.2 },
    "16×8": { 2: 19.5, 4: 16.7 },
    "16×16": { 2: 12.2, 4: 8.83, 8: 6.82 },
    "32×8": { 2: 11.2, 4: 8.62, 8: 7.38 },
    "32×32": { 8: 2.39, 16: 1.5, 32: 0.76 },
  },
  tsit5: {
    "8×8": { 1: 72, 2: 47, 4: 33 },
    "16×8": { 2: 57, 4: 17 },
    "16×16": { 4: 27, 8: 17, 16: 19 },
    "32×8": { 4: 32, 8: 15 },
    "64×64": { 64: 81, "64m": 7.6, "256m": 14 },
  },
};

interface Estimate {
  way: string;
  registers: number;
  spilled: number;
  /** Lanes that a multiprocessor holds. */
  resident: number;
  instructions: number;
  /** Nanoseconds that the whole chip takes for a trial of one run, by each limit. */
  issue: number;
  bytes: number;
  waiting: number;
}

const log2 = Math.log2;

function estimate(
  tokens: number,
  dim: number,
  { held, computed, pairs, adaptive }: Method,
  { count, subgroupLanes, memory = false }: Lanes,
): Estimate {
  const t = Math.ceil(tokens / count);
  const c = memory ? Math.ceil(dim / count) : dim;
  const numbers = memory ? 2 * held * (t + c) : t * dim + 2 * held * (t + dim);
  const needed = memory ? 100 + numbers : adaptive ? 150 + numbers / 2 : 55 + 1.45 * numbers;
  const registers = Math.min(maxRegisters, Math.ceil(needed / 8) * 8);
  const spilled = Math.max(0, Math.round(needed - maxRegisters));
  const workgroup = subgroupLanes < count || memory ? count : 64;
  const shared = memory ? boardBytes + 512 : subgroupLanes < count ? (8 * dim * count) / subgroupLanes : 0;
  const groups = Math.floor(
    Math.min(
      chip.registers / (registers * workgroup),
      (chip.subgroups * subgroup) / workgroup,
      chip.workgroups,
      shared > 0 ? chip.shared / shared : Number.POSITIVE_INFINITY,
    ),
  );
  const resident = groups * workgroup;
  const runs = resident / count;
  const sums =
    2 * log2(Math.min(subgroupLanes, count)) * computed * (memory ? 4 + 2 * held : dim + 4) +
    (subgroupLanes < count ? 30 * computed * (memory ? 6 : 4) : 0);
  const small = computed * (9 * t + 4 * c + 12) + pairs * 2 * (t + c) + sums;
  const each = (tokens * dim) / count;
  const large = memory
    ? each * (computed * (passes.output + passes.pull) + passes.move + (adaptive ? passes.norms + 10 : 0))
    : t * dim * (2 * computed + (adaptive ? 2 * held + 1 : 1));
  const instructions = small + large + 2 * computed * spilled;
  const perSecond = chip.multiprocessors * chip.hertz;
  const issue = (instructions * count) / subgroup / chip.issues / pace / perSecond;
  const moved = memory ? 4 * tokens * dim * (2 * computed + 2 + (adaptive ? 1 : 0)) : 2 * 4 * computed * spilled * count;
  const isNear = (memory ? 4 * tokens * dim * runs : 4 * spilled * resident) + shared * groups <= chip.cache;
  const bytes = moved / (isNear ? nearBytes : farBytes) / perSecond;
  const waits = memory ? ((2 * computed + 2) * each) / passes.inFlight : (2 * computed * spilled) / passes.inFlight;
  const waiting = (waits * (isNear ? near : far)) / runs / perSecond;
  const way = `${count}${memory ? "m" : ""}`;
  return { way, registers, spilled, resident, instructions, issue: 1e9 * issue, bytes: 1e9 * bytes, waiting: 1e9 * waiting };
}

const ways = (tokens: number): Lanes[] => [
  ...[1, 2, 4, 8, 16, 32].filter((count) => count <= tokens).map((count) => ({ count, subgroupLanes: count })),
  ...[64, 128, 256].filter((count) => count <= tokens).map((count) => ({ count, subgroupLanes: subgroup })),
  ...[64, 128, 256].map((count) => ({ count, subgroupLanes: subgroup, memory: true })),
];
const shapes = [
  [8, 8],
  [16, 8],
  [16, 16],
  [32, 8],
  [32, 32],
  [48, 48],
  [64, 64],
  [96, 96],
  [128, 128],
  [256, 256],
] as const;
/** Numbers that a compiler spills, above which a mapping is left out: the program gets long, and what is spilled is not read at the pace that is assumed. */
const maxSpilled = 256;
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(methods);
const timeOf = ({ issue, bytes, waiting }: Estimate) => Math.max(issue, bytes, waiting);

for (const name of wanted)
  for (const [tokens, dim] of shapes) {
    const method = methods[name] as Method;
    const step = name === "euler" ? { integrator: { kind: "euler", step: 0.01 }, until: { steps: 10 } } : {};
    const { lanes } = mappingOf(parseEnsemble({ tokens, dim, loss: "square", ...step }), {}, { subgroup, isGpu: true });
    const chosen = `${lanes.count}${lanes.memory ? "m" : ""}`;
    const known = measured[name]?.[`${tokens}×${dim}`] ?? {};
    const rows = ways(tokens)
      .map((way) => estimate(tokens, dim, method, way))
      .filter(({ spilled }) => spilled <= maxSpilled);
    const best = rows.reduce((least, row) => (timeOf(row) < timeOf(least) ? row : least));
    console.log(`\n${name} ${tokens}×${dim}: the rule takes ${chosen}, the model ${best.way} (m: in memory)`);
    console.log(
      "lanes  registers (spilled)  lanes held  instructions of a lane  ns a run: issue, bytes, waiting  times the least  measured",
    );
    for (const row of rows) {
      const { way, registers, spilled, resident, instructions, issue, bytes, waiting } = row;
      const cells = [way + (way === chosen ? "*" : ""), `${registers} (${spilled})`, resident, Math.round(instructions)];
      const limits = [issue, bytes, waiting].map((x) => x.toPrecision(3)).join(", ");
      console.log(
        [...cells, limits, (timeOf(row) / timeOf(best)).toFixed(2), known[way] ?? ""].map((cell) => String(cell).padEnd(11)).join("  "),
      );
    }
  }
