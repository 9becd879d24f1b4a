import { type AnyDefinition, definitions, endNames, nameOf, textOf } from "../model/definitions.ts";
import { SinkflowError } from "../model/errors.ts";
import type { Engine, Evaluated } from "../model/result.ts";
import { endOfNumbers, spreadCount, stateCount, stateDim, stateInput } from "../model/states.ts";
import { columnValue } from "../reference/definitions/columns.ts";
import { lossTwin, normalizerTwin } from "../reference/definitions/twins.ts";
import { dot } from "../reference/linear.ts";

/** What the twin gives at a state, as a device does: the loss and its gradient, or the weights and the pullback, or a column. */
function twinOf(definition: AnyDefinition): (input: Float64Array) => Float64Array {
  const chosen = undefined as never; // a definition has no parameters
  const halves = (input: Float64Array) => [input.slice(0, stateDim), input.slice(stateDim)] as const;
  if ("name" in definition) return (input) => Float64Array.of(columnValue(definition, endOfNumbers(input)));
  if ("forward" in definition) {
    const { forward, pullback } = normalizerTwin(definition);
    return (input) => {
      const [a, c] = halves(input);
      const out = new Float64Array(2 * stateDim);
      forward(a, chosen, out.subarray(0, stateDim));
      pullback(a, out.slice(0, stateDim), c, chosen, out.subarray(stateDim));
      return out;
    };
  }
  const { value, gradient } = lossTwin(definition);
  return (input) => {
    const [y, target] = halves(input);
    const out = new Float64Array(1 + stateDim);
    out[0] = value(y, { target }, chosen);
    gradient(y, { target }, out.subarray(1), chosen);
    return out;
  };
}

/**
 * By how much a device may be off the twin, relative to the larger one of the number and the mean size of such numbers over states of one
 * spread. WGSL's exp is good to 3 + 2|x| units in the last place: 2⁻¹⁷ at |x| = 40; a dozen such numbers summed or multiplied stay below this.
 */
const within = 2 ** -12;
/** By how much a state is moved, relatively, to see whether the twin jumps beside it: some of float32's units in the last place. */
const nearby = 2 ** -20;
/** Beyond this, less than float32's largest number, nothing is compared. */
const largest = 1e37;
const isCompared = (x: number) => Number.isFinite(x) && Math.abs(x) <= largest;

/** What is found of a state, by the names that the author wrote: a number by itself, then a list. */
function foundOf(definition: AnyDefinition): { name: string; length: number }[] {
  if ("name" in definition) return [{ name: "value", length: 1 }];
  if ("forward" in definition) return ["normalizer_forward", "normalizer_pullback"].map((name) => ({ name, length: stateDim }));
  const [value, slope] = definition.aim === "margin" ? ["loss_of_margin", "slope_of_margin"] : ["loss_value", "loss_gradient"];
  return [
    { name: value, length: 1 },
    { name: slope, length: stateDim },
  ];
}

/** Compares what the WGSL of a definition gave with its twin. Throws SinkflowError("input") with the numbers where they disagree. */
function compare(definition: AnyDefinition, { lanes, numbers }: Evaluated): void {
  const found = foundOf(definition);
  const twin = twinOf(definition);
  const inputs = Array.from({ length: stateCount }, (_, state) => stateInput(definition, state));
  const expected = inputs.map(twin);
  const words = found.reduce((sum, { length }) => sum + length, 0);
  for (let spread = 0; spread < spreadCount; spread++) {
    const own = Array.from({ length: stateCount }, (_, state) => state).filter((state) => state % spreadCount === spread);
    let from = 0;
    for (const { name, length } of found) {
      const to = from + length;
      const sizes = own.flatMap((state) => [...(expected[state] as Float64Array).subarray(from, to)].filter(isCompared).map(Math.abs));
      const typical = sizes.reduce((sum, x) => sum + x, 0) / Math.max(1, sizes.length);
      for (const state of own)
        for (let word = from; word < to; word++) {
          const got = numbers[state * words + word] as number;
          const wanted = (expected[state] as Float64Array)[word] as number;
          if (!isCompared(wanted) || agree(got, [wanted], typical)) continue;
          const input = inputs[state] as Float64Array;
          if (agree(got, beside(input, (moved) => twin(moved)[word] as number).filter(isCompared), typical)) continue;
          const part = (list: Float32Array | Float64Array) => Float64Array.from(list.subarray(from, to));
          const both = [part(numbers.subarray(state * words, (state + 1) * words)), part(expected[state] as Float64Array)];
          throw disagreement(definition, name, word - from, both, input, lanes);
        }
      from = to;
    }
  }
}

/**
 * What two formulas gave at a state, where they disagree in one entry. Of a loss of the margin the slope and the margin are told: its gradient
 * is the slope times β.
 */
function disagreement(
  definition: AnyDefinition,
  name: string,
  entry: number,
  both: readonly Float64Array[],
  input: Float64Array,
  lanes: number,
): SinkflowError {
  const [y, beta] = [input.slice(0, stateDim), input.slice(stateDim, 2 * stateDim)];
  const isMargin = "aim" in definition && definition.aim === "margin";
  const told = (list: Float64Array) => (isMargin && list.length > 1 ? dot(list, beta) / dot(beta, beta) : (list[entry] as number));
  const [inWgsl, inFloat64] = both.map((list) => told(list).toPrecision(6));
  const place = !isMargin && both[0]?.length === stateDim ? `[${entry}]` : "";
  const names = "name" in definition ? endNames : "forward" in definition ? ["a", "c"] : ["y", "β"];
  const at = isMargin ? `m = β·y = ${dot(beta, y).toPrecision(6)}` : shown(names, input);
  return new SinkflowError(
    "input",
    `${nameOf(definition)}: expected WGSL and twin to agree, got ${name}${place} ${inWgsl} in WGSL${lanes > 1 ? ` on ${lanes} lanes` : ""} and ${inFloat64} in float64, at ${at}`,
  );
}

/** A state, part by part. */
const shown = (names: readonly string[], input: Float64Array): string =>
  names
    .map((name, i) => {
      const numbers = Array.from(input.subarray(i * stateDim, (i + 1) * stateDim), (x) => Number(x.toPrecision(4)));
      return `${name} = ${numbers.length > 1 ? `[${numbers.join(", ")}]` : numbers[0]}`;
    })
    .join(" and ");

function agree(given: number, wanted: readonly number[], typical: number): boolean {
  const bound = within * Math.max(typical, ...wanted.map(Math.abs));
  return given >= Math.min(...wanted) - bound && given <= Math.max(...wanted) + bound;
}

/** A number of the twin at a state, and at those beside it. */
const beside = (input: Float64Array, of: (input: Float64Array) => number): number[] => [
  of(input),
  ...[...input.keys()].flatMap((k) => [1 - nearby, 1 + nearby].map((factor) => of(input.with(k, (input[k] as number) * factor)))),
];

/** What was found right in this process, by adapter and definition. */
const checked = new Set<string>();

/**
 * Has an engine compile the WGSL of every definition that may be used, and compares it with its twin on random states; once for each adapter.
 * An engine without WGSL has nothing to compare. Throws SinkflowError("input") with line and column, or with the numbers.
 */
export async function checkDefinitions(engine: Engine): Promise<void> {
  if (!engine.evaluate) return;
  for (const { definition } of definitions()) {
    const key = `${JSON.stringify(engine.adapter)}\n${textOf(definition)}`;
    if (checked.has(key)) continue;
    for (const evaluated of await engine.evaluate(definition)) compare(definition, evaluated);
    checked.add(key);
  }
}
