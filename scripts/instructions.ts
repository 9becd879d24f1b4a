// Counts the instructions that a step of a run takes in the kernel, and in the same flow written by hand (scripts/instructions/euler.wgsl, tsit5.wgsl), without a GPU:
// Dawn makes SPIR-V of the WGSL (Tint), and Mesa's compiler for AMD GPUs makes a program of it, which is disassembled. It needs Mesa's driver
// radeon_icd; scripts/drivers/install-lavapipe.sh installs it with lavapipe.
//   npm run -s script -- instructions [METHOD…] [passes]    prints the counts, beside those last kept in scripts/bench/results/instructions.json
//   npm run -s script -- instructions passes guarded        the same with Dawn's guards of loops and of indices, which production has
//   npm run -s script -- instructions --write "VERSION"     keeps them there, in place of those of the same version; `npm run script -- docs` then puts
//                                                           them into docs/speed.md

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { create, globals } from "webgpu";
import { findDriver } from "./drivers/drivers.mjs";
import { arithmeticOf, countPass, countStep, statistic } from "./instructions/assembly.ts";
import { allCases, passCases } from "./instructions/cases.ts";
import { type InstructionTable, instructionFile, instructionTables, keyOf, passKey, passSum, sumOf, twinOf } from "./instructions/table.ts";

const args = process.argv.slice(2);
const version = args[0] === "--write" ? args[1] : undefined;
if (args[0] === "--write" && version === undefined) throw new Error("instructions: --write asks for the name of a version");
const words = version === undefined ? args : [];
const isWanted = (word: string) => words.length === 0 || words.includes(word.split(" ")[0] as string);
const cases = allCases().filter(({ method }) => isWanted(method));
const passes = passCases().filter(() => isWanted("passes"));

/** In a process of its own, since a driver prints where the process does: compiles one case after the other. */
async function compileAll(): Promise<void> {
  Object.assign(globalThis, globals);
  const gpu = create(words.includes("guarded") ? [] : ["enable-dawn-features=disable_robustness"]);
  Object.assign(globalThis, { gpu }); // it must live as long as the device
  const adapter = await gpu.requestAdapter();
  const device = await adapter?.requestDevice({ requiredFeatures: ["subgroups"] });
  if (!device) throw new Error("the driver offers no device");
  for (const { wgsl, entryPoint } of [...cases.map(({ wgsl }) => ({ wgsl, entryPoint: "flow" })), ...passes]) {
    const module = device.createShaderModule({ code: wgsl() });
    await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint } });
  }
  process.exit(0); // the event loop would wait for Dawn
}

function measure(): InstructionTable {
  const driver = findDriver(["compiler"]);
  if (!driver) throw new Error("instructions: Mesa's driver radeon_icd is not installed; scripts/drivers/install-lavapipe.sh does that");
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...words], {
    env: { ...process.env, ...driver.env, RADV_DEBUG: "asm,shaderstats", SINKFLOW_INSTRUCTIONS: "compile" },
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const programs = stderr.split("disasm:\n").slice(1);
  if (status !== 0 || programs.length !== cases.length + passes.length)
    throw new Error(
      `instructions: ${programs.length} of ${cases.length + passes.length} programs were compiled (exit status ${status}): ${stderr.slice(-2000)}`,
    );
  return {
    version: version ?? "now",
    compiler: `${driver.description}, ${driver.env["RADV_FORCE_FAMILY"]}`,
    rows: cases.map(({ method, tokens, dim, lanes, fused }, i) => {
      const program = programs[i] as string;
      return {
        ...{ method, tokens, dim, lanes },
        counts: countStep(program, fused),
        registers: statistic(program, "VGPRs"),
        spilled: statistic(program, "Spilled VGPRs"),
      };
    }),
    passes: passes.map(({ pass, tokens, dim, lanes }, i) => ({
      pass,
      tokens,
      dim,
      lanes,
      ...countPass(programs[cases.length + i] as string),
    })),
  };
}

if (process.env["SINKFLOW_INSTRUCTIONS"] === "compile") await compileAll();
const versions = instructionTables(".");
const before = versions.at(-1);
const now = measure();
console.log(now.compiler);
console.log("method shape lanes: arithmetic (before), of the twin; all of them (before); registers (spilled)");
for (const row of now.rows) {
  const old = before?.rows.find((other) => keyOf(other) === keyOf(row));
  const twin = twinOf(row, now.rows);
  const was = (x: number | undefined) => (x === undefined ? "" : ` (${x})`);
  const ratio = twin ? `, ${(arithmeticOf(row.counts) / arithmeticOf(twin.counts)).toFixed(3)} of the twin` : "";
  console.log(
    `${keyOf(row)}: ${arithmeticOf(row.counts)}${was(old && arithmeticOf(old.counts))}${ratio}; ` +
      `${sumOf(row.counts)}${was(old && sumOf(old.counts))}; ${row.registers} (${row.spilled})`,
  );
}
if (now.passes?.length) console.log("pass, a number of V: instructions (before); reads under way at once (before)");
for (const row of now.passes ?? []) {
  const old = before?.passes?.find((other) => passKey(other) === passKey(row));
  const was = (x: string | undefined) => (x === undefined ? "" : ` (${x})`);
  console.log(
    `${passKey(row)}: ${passSum(row).toFixed(2)}${was(old && passSum(old).toFixed(2))}; ${row.inFlight}${was(old && String(old.inFlight))}`,
  );
}
if (version !== undefined)
  writeFileSync(instructionFile, `${JSON.stringify([...versions.filter((other) => other.version !== version), now], null, 2)}\n`);
