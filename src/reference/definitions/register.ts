import { allColumns, vectorNames } from "../../model/columns.ts";
import {
  type AnyDefinition,
  type ColumnDefinition,
  definedTargets,
  hold,
  type LossDefinition,
  type NormalizerDefinition,
  nameOf,
  type Registered,
} from "../../model/definitions.ts";
import { SinkflowError, show } from "../../model/errors.ts";
import { losses } from "../../model/losses.ts";
import { normalizers } from "../../model/normalizers.ts";
import { endState, lossState, normalizerState, stateCount, stateDim } from "../../model/states.ts";
import { suggestion } from "../../model/suggestion.ts";
import { dot } from "../linear.ts";
import { columnValue } from "./columns.ts";
import { lossTwin, normalizerTwin } from "./twins.ts";

const refuse = (definition: AnyDefinition, problem: string) => new SinkflowError("input", `${nameOf(definition)}: ${problem}`);

/** Refuses unknown keys of a definition, and of what both have those that are no text. */
function checkKeys(definition: AnyDefinition, keys: readonly string[]): void {
  const given = definition as unknown as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw refuse(definition, `unknown key ${show(unknown)}; expected one of ${keys.join(", ")}${suggestion(unknown, keys)}`);
  const { says, wgsl } = given;
  if (says !== undefined && typeof says !== "string") throw refuse(definition, `expected says to be a text, got ${show(says)}`);
  if (typeof wgsl !== "string" || wgsl.trim() === "") throw refuse(definition, `expected wgsl to be a text, got ${show(wgsl)}`);
}

/** Names that tables have beside columns of the table. */
const takenNames: readonly string[] = [...allColumns, ...vectorNames, "run", "point"];

/** Refuses what is no definition of a column. */
function checkColumnForm(definition: ColumnDefinition): ColumnDefinition {
  const { name, unit, says, value } = definition;
  if (!/^[a-z][a-zA-Z0-9]{0,39}$/.test(name))
    throw refuse(definition, `expected a name of letters and digits, at most 40, the first a lower-case letter, got ${show(name)}`);
  if (takenNames.includes(name)) throw refuse(definition, "expected a name of its own, got that of a built-in column");
  checkKeys(definition, ["name", "unit", "says", "wgsl", "value"]);
  if (unit !== undefined && typeof unit !== "string") throw refuse(definition, `expected unit to be a text, got ${show(unit)}`);
  if (says === undefined) throw refuse(definition, "expected says to be a text, got nothing");
  if (typeof value !== "function") throw refuse(definition, `expected value to be a function, got ${show(value)}`);
  return definition;
}

/** What a definition of a kind of each form must have, beside `kind` and `wgsl`; and what it may have. */
const forms = {
  margin: { twin: ["value", "slope"], wgsl: ["loss_of_margin", "slope_of_margin"], own: ["aim", "target", "time"] },
  output: { twin: ["value", "gradient"], wgsl: ["loss_value", "loss_gradient"], own: ["aim", "target", "time"] },
  normalizer: { twin: ["forward", "pullback"], wgsl: ["normalizer_forward", "normalizer_pullback"], own: [] },
} as const;

/** Refuses what is no definition. Throws SinkflowError("input"). */
export function checkForm(value: unknown): AnyDefinition {
  const given = value as Record<string, unknown>;
  const isObject = typeof value === "object" && value !== null;
  if (isObject && typeof given["name"] === "string") return checkColumnForm(value as ColumnDefinition);
  if (!isObject || typeof given["kind"] !== "string" || !("aim" in given || "forward" in given))
    throw new SinkflowError("input", `define: expected what defineLoss, defineNormalizer or defineColumn gives, got ${show(value)}`);
  const definition = value as AnyDefinition;
  const { kind, aim } = given;
  if (!("forward" in given) && aim !== "margin" && aim !== "output")
    throw refuse(definition, `expected aim to be margin or output, got ${show(aim)}`);
  const form = forms["forward" in given ? "normalizer" : (aim as "margin" | "output")];
  const table = "forward" in given ? normalizers : losses;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(kind as string))
    throw refuse(definition, `expected a kind of lower-case letters, digits and hyphens, at most 40, got ${show(kind)}`);
  if (Object.hasOwn(table, kind as string)) throw refuse(definition, `expected a kind of its own, got one of the built-in kinds`);
  checkKeys(definition, ["kind", "says", "wgsl", ...form.twin, ...form.own]);
  for (const name of form.twin)
    if (typeof given[name] !== "function") throw refuse(definition, `expected ${name} to be a function, got ${show(given[name])}`);
  const { target, time } = given;
  for (const name of form.wgsl)
    if (!new RegExp(`\\bfn\\s+${name}\\s*\\(`).test(definition.wgsl)) throw refuse(definition, `expected WGSL with fn ${name}, got none`);
  if (target !== undefined && !definedTargets.includes(target as "unit"))
    throw refuse(
      definition,
      `expected target to be one of ${definedTargets.join(", ")}, got ${show(target)}${suggestion(target, definedTargets)}`,
    );
  if (time !== undefined && !(typeof time === "number" && time >= 1e-12 && time <= 1e15))
    throw refuse(definition, `expected time to be a number from 1e-12 to 1e15, got ${show(time)}`);
  return definition;
}

/** Relative length of the steps by which derivatives are estimated. */
const step = 2 ** -17;
/**
 * By how much a derivative may be off its estimate, relative to both. The rest of the series is about a third of `step`², 2⁻³⁵; what
 * rounding of f adds is in `rounding`: some dozens of roundings of f, over the step.
 */
const within = 2 ** -16;
const rounding = 64 * 2 ** -52;

/**
 * Refuses a derivative that is not that of its function: beyond the difference quotients to both sides and to the middle, of which the
 * first two differ at a kink. Where f is not finite nothing is compared.
 */
function compareSlope(given: number, f: (x: number) => number, x: number, disagrees: (estimate: number) => Error): void {
  const h = step * Math.max(1, Math.abs(x));
  const [below, at, above] = [f(x - h), f(x), f(x + h)] as const;
  if (![below, at, above].every(Number.isFinite)) return;
  const quotients = [(at - below) / h, (above - at) / h, (above - below) / (2 * h)];
  const [low, high] = [Math.min(...quotients), Math.max(...quotients)];
  const bound = within * (Math.abs(given) + Math.max(Math.abs(low), Math.abs(high))) + (rounding * Math.abs(at)) / h + 2 ** -200;
  if (!(given >= low - bound && given <= high + bound)) throw disagrees(quotients[2] as number);
}

const shown = (x: Float64Array) => `[${Array.from(x, (each) => Number(each.toPrecision(4))).join(", ")}]`;

/** How many states must have finite numbers. */
const leastFinite = stateCount / 2;

/** Refuses a loss whose gradient is not that of its value on random states. */
function checkLoss(definition: LossDefinition): void {
  const twin = lossTwin(definition);
  const slope = definition.aim === "margin" ? "slope" : "gradient";
  let finite = 0;
  for (let state = 0; state < stateCount; state++) {
    const { y, beta } = lossState(definition, state);
    const g = new Float64Array(stateDim);
    const value = twin.value(y, { target: beta }, undefined as never);
    if (typeof value !== "number") throw refuse(definition, `expected value to give a number, got ${show(value)}`);
    twin.gradient(y, { target: beta }, g, undefined as never);
    if (!Number.isFinite(value) || !g.every(Number.isFinite)) continue;
    finite++;
    const moved = (k: number) => (x: number) => twin.value(y.with(k, x), { target: beta }, undefined as never);
    const k = state % stateDim;
    compareSlope(g[k] as number, moved(k), y[k] as number, (estimate) => {
      const { aim } = definition;
      const where = aim === "margin" ? `m = ${dot(beta, y).toPrecision(6)}` : `y = ${shown(y)} and β = ${shown(beta)}`;
      const [own, other] =
        aim === "margin" ? [(g[k] as number) / (beta[k] as number), estimate / (beta[k] as number)] : [g[k] as number, estimate];
      const entry = aim === "margin" ? "" : `[${k}]`;
      return refuse(
        definition,
        `expected ${slope} to be the derivative of value, got ${slope}${entry} ${own.toPrecision(6)} where the difference quotient of value is ${other.toPrecision(6)}, at ${where}`,
      );
    });
  }
  if (finite < leastFinite) throw refuse(definition, `expected finite numbers on random states, got them on ${finite} of ${stateCount}`);
}

/** Refuses a normalizer whose pullback is not Jᵀc on random states. @returns whether its weights are shares on all of them */
function checkNormalizer(definition: NormalizerDefinition): boolean {
  const twin = normalizerTwin(definition);
  let finite = 0;
  let shares = true;
  for (let state = 0; state < stateCount; state++) {
    const { a, c } = normalizerState(state);
    const [p, out] = [new Float64Array(stateDim), new Float64Array(stateDim)];
    const chosen = undefined as never;
    twin.forward(a, chosen, p);
    twin.pullback(a, p, c, chosen, out);
    if (!p.every(Number.isFinite) || !out.every(Number.isFinite)) continue;
    finite++;
    shares &&= p.every((x) => x >= 0) && Math.abs(p.reduce((sum, x) => sum + x, 0) - 1) <= 2 ** -40;
    const pulled = (k: number) => (x: number) => {
      const moved = new Float64Array(stateDim);
      twin.forward(a.with(k, x), chosen, moved);
      return dot(c, moved);
    };
    const k = state % stateDim;
    compareSlope(out[k] as number, pulled(k), a[k] as number, (estimate) =>
      refuse(
        definition,
        `expected pullback to be Jᵀc, got pullback[${k}] ${(out[k] as number).toPrecision(6)} where the difference quotient of c·forward is ${estimate.toPrecision(6)}, at a = ${shown(a)} and c = ${shown(c)}`,
      ),
    );
  }
  if (finite < leastFinite) throw refuse(definition, `expected finite numbers on random states, got them on ${finite} of ${stateCount}`);
  return shares;
}

/** Refuses a column that has no number on most random ends. */
function checkColumn(definition: ColumnDefinition): void {
  const numbers = Array.from({ length: stateCount }, (_, state) => columnValue(definition, endState(state)));
  const finite = numbers.filter(Number.isFinite).length;
  if (finite < leastFinite) throw refuse(definition, `expected finite numbers on random ends, got them on ${finite} of ${stateCount}`);
}

/**
 * Makes kinds and columns of definitions, until what is returned is called. Each is tried in float64 on `stateCount` random states: a gradient must
 * be that of its value, a pullback that of its forward. Throws SinkflowError("input") with the numbers where one is not, or is malformed.
 */
export function registerDefinitions(given: readonly Omit<Registered, "shares">[]): () => void {
  const kinds = new Set<string>();
  const registered = given.map((one) => {
    const definition = checkForm(one.definition);
    const name = nameOf(definition);
    if (kinds.has(name)) throw refuse(definition, "expected each kind once, got it twice");
    kinds.add(name);
    if ("name" in definition) {
      checkColumn(definition);
      return one;
    }
    if ("forward" in definition) return { ...one, shares: checkNormalizer(definition) };
    checkLoss(definition);
    return one;
  });
  return hold(registered);
}
