// Counts the instructions of the loop over steps in a program that Mesa's compiler for AMD GPUs (RADV, ACO) has made and disassembled.

/** Instructions by kind, of one invocation. */
export interface Counts {
  /** Multiply-adds in float32. */
  fused: number;
  /** Other float32 arithmetic: sums, products, maxima. */
  other: number;
  /** Exponentials, reciprocals, roots, logarithms. */
  transcendental: number;
  /** Comparisons and selections. */
  compare: number;
  /** Whole numbers and bits. */
  integer: number;
  /** Copies of registers. */
  move: number;
  /** Exchanges between lanes. */
  exchange: number;
  memory: number;
  /** On numbers that all lanes share; branches are not among them. */
  scalar: number;
  branch: number;
}

const zero: Counts = {
  fused: 0,
  other: 0,
  transcendental: 0,
  compare: 0,
  integer: 0,
  move: 0,
  exchange: 0,
  memory: 0,
  scalar: 0,
  branch: 0,
};

/** What the kernel computes with: everything but copies, exchanges, memory, scalars and branches. */
export const arithmeticOf = ({ fused, other, transcendental, compare, integer }: Counts): number =>
  fused + other + transcendental + compare + integer;

/** The kinds, by the beginning of the instruction's name; the first that fits holds. Waits are no instructions. */
const kinds: readonly (readonly [RegExp, keyof Counts | undefined])[] = [
  [/^s_(waitcnt|nop|endpgm)/, undefined],
  [/^s_c?branch/, "branch"],
  [/^(buffer_|s_buffer_|s_load|flat_|global_|scratch_|ds_(read|write))/, "memory"],
  [/^(ds_|v_readlane|v_readfirstlane|v_writelane|v_\w+_dpp)/, "exchange"],
  [/^s_/, "scalar"],
  [/^v_(mac|mad|fma)\w*_f32/, "fused"],
  [/^v_(exp|log|rcp|rsq|sqrt|sin|cos)_f32/, "transcendental"],
  [/^v_(cmp|cndmask)/, "compare"],
  [/^v_mov/, "move"],
  [/^v_\w+_f32/, "other"],
  [/^v_/, "integer"],
];

/** A run of instructions that is entered at its beginning alone. */
interface Block {
  name: string;
  instructions: string[];
  /** What each of them is given. */
  operands: string[];
  /** Indices of the blocks that may follow. */
  next: number[];
}

/** The blocks of a disassembled program. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  const targets: string[][] = [];
  for (const line of text.split("\n")) {
    const [, name] = /^(BB\d+):/.exec(line) ?? [];
    if (name !== undefined) {
      blocks.push({ name, instructions: [], operands: [], next: [] });
      targets.push([]);
    }
    const [, instruction, operands = ""] = /^\s+([a-z]\w*)\s*([^;]*)/.exec(line) ?? [];
    if (instruction === undefined || blocks.length === 0) continue;
    blocks.at(-1)?.instructions.push(instruction);
    blocks.at(-1)?.operands.push(operands);
    if (/^s_c?branch/.test(instruction)) targets.at(-1)?.push(operands.trim());
  }
  const index = new Map(blocks.map(({ name }, i) => [name, i]));
  for (const [i, block] of blocks.entries()) {
    block.next = (targets[i] ?? []).flatMap((name) => index.get(name) ?? []);
    const last = block.instructions.at(-1);
    if (last !== "s_branch" && last !== "s_endpgm" && i + 1 < blocks.length) block.next.push(i + 1);
  }
  return blocks;
}

/** Loops as the first and the last of their blocks: a branch back makes one. Of those with one beginning, the whole. */
function loopsOf(blocks: readonly Block[]): { first: number; last: number }[] {
  const ends = new Map<number, number>();
  for (const [i, { next }] of blocks.entries()) for (const to of next) if (to <= i) ends.set(to, Math.max(i, ends.get(to) ?? 0));
  return [...ends].map(([first, last]) => ({ first, last }));
}

/** Whether every round of a loop passes a block: without it, the loop's end can't be reached from its beginning. */
function isPassed(blocks: readonly Block[], { first, last }: { first: number; last: number }, block: number): boolean {
  if (block === first || block === last) return true;
  const seen = new Set([first, block]);
  const open = [first];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const to of blocks[at]?.next ?? []) {
      if (to < first || to > last || seen.has(to)) continue;
      if (to === last) return false;
      seen.add(to);
      open.push(to);
    }
  return true;
}

function countsOf(blocks: readonly Block[]): Counts {
  const counts = { ...zero };
  for (const name of blocks.flatMap(({ instructions }) => instructions)) {
    const kind = kinds.find(([begins]) => begins.test(name));
    if (!kind) throw new Error(`an instruction of no known kind: ${name}`);
    if (kind[1]) counts[kind[1]]++;
  }
  return counts;
}

/**
 * Counts what every round of the loop over steps passes, loops inside left out: a round of fixed steps without an event passes no more. That
 * loop is the smallest with at least so many multiply-adds. Throws where there is none.
 */
export function countStep(text: string, fused: number): Counts {
  const blocks = blocksOf(text);
  const loops = loopsOf(blocks);
  const steps = loops
    .map((loop) => {
      const inner = loops.filter(
        ({ first, last }) => first >= loop.first && last <= loop.last && (first !== loop.first || last !== loop.last),
      );
      const passed = blocks.filter(
        (_, i) =>
          i >= loop.first && i <= loop.last && !inner.some(({ first, last }) => i >= first && i <= last) && isPassed(blocks, loop, i),
      );
      return { size: loop.last - loop.first, counts: countsOf(passed) };
    })
    .filter(({ counts }) => counts.fused >= fused)
    .sort((x, y) => x.size - y.size);
  const [step] = steps;
  if (!step) throw new Error(`no loop with ${fused} multiply-adds`);
  return step.counts;
}

/** What a pass over values in memory takes, a number that it reads. */
export interface Pass {
  arithmetic: number;
  copies: number;
  exchange: number;
  /** Reads of a workgroup's memory. */
  shared: number;
  /** Reads and writes of buffers. */
  buffers: number;
  scalar: number;
  /** Reads under way at once, at most: begun and not waited for. */
  inFlight: number;
}

const isRead = (name: string) => /^(buffer|global|flat)_load/.test(name);

/**
 * Counts a pass in a program that makes no other: the loop that has the most multiply-adds itself, loops inside left out; or where the compiler
 * has left no loop, all code.
 */
export function countPass(text: string): Pass {
  const blocks = blocksOf(text);
  const loops = [...loopsOf(blocks), { first: 0, last: blocks.length - 1 }];
  const regions = loops.map(({ first, last }) => {
    const inner = loops.filter((loop) => loop.first >= first && loop.last <= last && (loop.first !== first || loop.last !== last));
    return blocks.filter((_, i) => i >= first && i <= last && !inner.some((loop) => i >= loop.first && i <= loop.last));
  });
  const region = regions.reduce((most, other) => (countsOf(other).fused > countsOf(most).fused ? other : most));
  const names = region.flatMap(({ instructions }) => instructions);
  const elements = names.filter(isRead).length;
  if (elements === 0) throw new Error("no reads of a buffer");
  const counts = countsOf(region);
  const shared = names.filter((name) => /^ds_read/.test(name)).length;
  const buffers = names.filter((name) => /^(buffer|global|flat)_/.test(name)).length;
  const each = (count: number) => count / elements;
  return {
    arithmetic: each(arithmeticOf(counts)),
    copies: each(counts.move),
    exchange: each(counts.exchange),
    shared: each(shared),
    buffers: each(buffers),
    scalar: each(counts.scalar + counts.branch + counts.memory - shared - buffers),
    inFlight: inFlightOf(region),
  };
}

/** vmcnt(n) waits until no more than n reads and writes of buffers are under way. */
function inFlightOf(region: readonly Block[]): number {
  let [now, most] = [0, 0];
  for (const { instructions, operands } of region)
    for (const [i, name] of instructions.entries()) {
      if (isRead(name)) most = Math.max(most, ++now);
      const [, left] = /vmcnt\((\d+)\)/.exec(operands[i] as string) ?? [];
      if (name === "s_waitcnt" && left !== undefined) now = Math.min(now, Number(left));
    }
  return most;
}

/** A number that the compiler tells of a program, such as VGPRs. */
export function statistic(text: string, name: string): number {
  const [, value] = new RegExp(`^${name}: (\\d+)$`, "m").exec(text) ?? [];
  if (value === undefined) throw new Error(`the compiler tells no ${name}`);
  return Number(value);
}
