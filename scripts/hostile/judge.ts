// What must hold of any specification, however hostile: it is taken, or refused with one line that names the field.
import { specificationOf } from "../../src/cli/input.ts";
import { checkSize } from "../../src/cli/size.ts";
import { checkAll } from "../../src/gpu/layout.ts";
import { SinkflowError } from "../../src/model/errors.ts";
import { parseSpecification, type Specification } from "../../src/model/grid.ts";
import type { OpenedEngine } from "../../src/node.ts";
import type { HostileSpecification } from "./specifications.ts";

const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28, subgroup: 8, isGpu: false };
/** Engines that are never asked to work: what is computed of a specification before it begins is computed for one of them. */
const idle = [
  { kind: "cpu", memory: 2e10 },
  { kind: "cpu", memory: 1e9 },
  { kind: "webgpu", memory: 2e10, limits },
].map(({ kind, ...more }) => ({ engine: { kind, adapter: null }, pool: { size: 16 }, isGpu: false, ...more }) as unknown as OpenedEngine);

/** What is wrong with the message of a refusal; undefined for nothing. @param name of the file */
export function faultOf(message: string, name: string): string | undefined {
  if (/\bat .*\.(?:js|ts):\d|\n/.test(message)) return "a stack trace, or several lines";
  if (message.length > 2000) return `${message.length} characters`;
  if (/\[object|got undefined/.test(message)) return "a value that is not shown";
  const named = new RegExp(`^(?:${name}(?::\\d+)?|--set [^]*?|[\\w.]+): `);
  if (!named.test(message)) return "no field, and no place";
  return /expected|unknown key/.test(message) ? undefined : "nothing that was expected";
}

export interface Judged {
  /** Whether it is a specification. */
  taken: boolean;
  fault?: string;
}

/**
 * Takes a specification as `run` does up to where work begins. Says what is wrong with how that went. The best of three times counts.
 * @param mostMs what an input may take before work begins, in milliseconds of processors. These count more where others work on the same cores
 */
export async function judge(input: HostileSpecification, index: number, mostMs: number): Promise<Judged> {
  let judged = await judgeOnce(input, index, mostMs);
  for (let again = 0; again < 2 && judged.isSlow; again++) judged = await judgeOnce(input, index, mostMs);
  return judged;
}

async function judgeOnce(input: HostileSpecification, index: number, mostMs: number): Promise<Judged & { isSlow?: boolean }> {
  const { engine, limits, ...opened } = idle[index % idle.length] as OpenedEngine;
  const began = process.cpuUsage();
  let specification: Specification | undefined;
  let judged: Judged = { taken: true };
  try {
    specification = specificationOf(input.bytes, "spec.yaml", input.settings);
    const ensembles = specification.points.map(({ ensemble }) => ensemble);
    if (limits) checkAll(ensembles, limits);
    await checkSize(specification, { engine, ...opened, ...(limits && { limits }) }, { quiet: true });
  } catch (error) {
    const fault = !(error instanceof SinkflowError)
      ? `threw ${error instanceof Error ? error.stack : error}`
      : error.failure !== "input"
        ? `ended as ${error.failure}: ${error.message}`
        : faultOf(error.message.replace(/\s+/g, " "), "spec.yaml");
    judged = { taken: specification !== undefined, ...(fault && { fault: `${fault}: ${(error as Error).message}` }) };
  }
  const { user, system } = process.cpuUsage(began);
  const ms = (user + system) / 1000;
  if (judged.fault !== undefined) return judged;
  if (ms > mostMs) return { ...judged, fault: `took ${ms.toFixed(0)} ms`, isSlow: true };
  if (!specification) return judged;
  const again = parseSpecification(JSON.parse(JSON.stringify(specification.canonical)));
  const isSame = JSON.stringify(again) === JSON.stringify(specification);
  return isSame ? judged : { ...judged, fault: `the canonical form reads back as another: ${JSON.stringify(specification.canonical)}` };
}
