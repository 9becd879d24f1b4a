// What a value of a specification may be, as data: `read` checks a value against it, and schema.ts tells it as a JSON Schema. The library for pages needs
// no more of a validator than this, and its own errors.
import { FieldError, show } from "./errors.ts";
import { suggestion } from "./suggestion.ts";

/** How a value is written. */
export type Form =
  | { readonly is: "number" | "whole" | "text" | "flag" | "anything" }
  | { readonly is: "word"; readonly words: readonly string[] }
  | { readonly is: "list"; readonly of: Shape }
  | { readonly is: "record"; readonly fields: Shapes }
  /** `{kind: KIND, …}` with the fields of that kind; `where` is said behind the kinds in an error. */
  | { readonly is: "kind"; readonly kinds: Readonly<Record<string, Shapes>>; readonly where: string }
  /** The form that the type of a value tells; `expected` says them all in an error. */
  | { readonly is: "either"; readonly forms: readonly Shape[]; readonly expected: string };

interface Facts {
  /** Limits of a number, of the length of a text and of the number of a list's entries. */
  readonly min?: number;
  readonly max?: number;
  /** Limits that a number itself does not reach. */
  readonly above?: number;
  readonly below?: number;
  readonly optional?: true;
  /** What is read where there is nothing. */
  readonly initial?: unknown;
  /** What it is, in a few words. */
  readonly says?: string;
  /** What is wrong with a value that is right otherwise; undefined for nothing. */
  readonly fault?: (value: never) => string | undefined;
}

/** A form with limits and a default. Its methods give another shape. `T` is the type of what is read. */
export class Shape<T = unknown> {
  /** Of the type alone: there is no such value. */
  declare readonly type: T;
  constructor(
    readonly form: Form,
    readonly facts: Facts = {},
  ) {}
  private and<U = T>(facts: Facts): Shape<U> {
    return new Shape(this.form, { ...this.facts, ...facts });
  }
  above(above: number): Shape<T> {
    return this.and({ above });
  }
  below(below: number): Shape<T> {
    return this.and({ below });
  }
  fault(fault: (value: T) => string | undefined): Shape<T> {
    return this.and({ fault });
  }
  optional(): Shape<T | undefined> {
    return this.and({ optional: true });
  }
  /** @param initial as a user writes it: it is read as what comes is */
  default(initial: unknown): Shape<T> {
    return this.and({ initial });
  }
  says(says: string): Shape<T> {
    return this.and({ says });
  }
}

export type Shapes = Readonly<Record<string, Shape>>;

type Optional<S extends Shapes> = { [K in keyof S]: undefined extends S[K]["type"] ? K : never }[keyof S];
/** The type of what is read of a record. */
export type Fields<S extends Shapes> = { [K in Exclude<keyof S, Optional<S>>]: S[K]["type"] } & {
  [K in Optional<S>]?: Exclude<S[K]["type"], undefined>;
};

export const anything = () => new Shape({ is: "anything" });
export const number = (min?: number, max?: number) =>
  new Shape<number>({ is: "number" }, { ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
export const whole = (min: number, max: number) => new Shape<number>({ is: "whole" }, { min, max });
export const flag = () => new Shape<boolean>({ is: "flag" });
export const text = (max?: number) => new Shape<string>({ is: "text" }, { ...(max !== undefined && { max }) });
export const word = <W extends string>(words: readonly W[]) => new Shape<W>({ is: "word", words });
export const list = <T>(of: Shape<T>, min?: number, max?: number) =>
  new Shape<T[]>({ is: "list", of }, { ...(min !== undefined && { min }), ...(max !== undefined && { max }) });
export const record = <S extends Shapes>(fields: S) => new Shape<Fields<S>>({ is: "record", fields });
export const either = <T>(expected: string, ...forms: Shape[]) => new Shape<T>({ is: "either", forms, expected });

type Path = readonly (string | number)[];
interface Fault {
  readonly path: Path;
  readonly problem: string;
  /** An unknown key is told before all else: it may be a missing one, misspelled. */
  readonly isUnknownKey?: true;
}

/**
 * What a value says, with defaults where it says nothing, its keys in the order of the shape. Throws a FieldError that names the field, what was
 * expected and what came.
 */
export function read<T>(shape: Shape<T>, value: unknown): T {
  const faults: Fault[] = [];
  const result = readAt(shape, value, [], faults);
  const worst = faults.find(({ isUnknownKey }) => isUnknownKey) ?? faults[0];
  if (worst) throw new FieldError(worst.path, worst.problem);
  return result as T;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isKindOf = (value: unknown, kinds: object): value is { kind: string } =>
  isRecord(value) && typeof value["kind"] === "string" && Object.hasOwn(kinds, value["kind"]);

/** Whether a value is of a form of which there are several. */
const isOf = ({ form }: Shape, value: unknown) => (form.is === "kind" ? isKindOf(value, form.kinds) : typeof value === form.is);

/** The limit that a number, or a length, does not keep. */
function brokenLimit({ min, max, above, below }: Facts, size: number): string | undefined {
  if (above !== undefined && size <= above) return `more than ${above}`;
  if (min !== undefined && size < min) return `at least ${min}`;
  if (below !== undefined && size >= below) return `less than ${below}`;
  return max !== undefined && size > max ? `at most ${max}` : undefined;
}

/** What is read where there is nothing, by shape: all that say nothing share it. */
const initials = new WeakMap<Shape, unknown>();

function readAt(shape: Shape, given: unknown, path: Path, faults: Fault[]): unknown {
  const { facts } = shape;
  const value = given === undefined ? facts.initial : given;
  if (given !== undefined || value === undefined)
    return value === undefined && facts.optional ? undefined : readForm(shape, value, path, faults);
  if (initials.has(shape)) return initials.get(shape);
  const before = faults.length;
  const initial = readForm(shape, value, path, faults);
  if (faults.length === before) initials.set(shape, initial);
  return initial;
}

function readForm({ form, facts }: Shape, value: unknown, path: Path, faults: Fault[]): unknown {
  const fail = (problem: string) => {
    faults.push({ path, problem });
  };
  const expected = (what: string, came: unknown = value) =>
    fail(`expected ${what}, ${came === undefined ? "it is missing" : `got ${show(came)}`}`);
  const limit = (size: number, unit = "", came: unknown = value) => {
    const broken = brokenLimit(facts, size);
    const problem = broken ? `expected ${broken}${unit}, got ${show(came)}` : facts.fault?.(value as never);
    if (problem) fail(problem);
  };
  switch (form.is) {
    case "anything":
      break;
    case "number":
      if (!Number.isFinite(value)) expected("a number");
      else limit(value as number);
      break;
    case "whole":
      if (!Number.isFinite(value)) expected("a number");
      else if (!Number.isInteger(value)) expected("a whole number");
      else limit(value as number);
      break;
    case "flag":
      if (typeof value !== "boolean") expected("a boolean");
      break;
    case "text":
      if (typeof value !== "string") expected("a string");
      else limit(value.length, " characters");
      break;
    case "word":
      if (!form.words.includes(value as string)) {
        const close = suggestion(value, form.words);
        fail(`expected one of ${form.words.join(", ")}, ${value === undefined ? "it is missing" : `got ${show(value)}`}${close}`);
      }
      break;
    case "list": {
      if (!Array.isArray(value)) {
        expected("a list");
        break;
      }
      const before = faults.length;
      // One entry that is wrong is told; there may be a million.
      const entries = value.map((entry, i) => (faults.length > before ? entry : readAt(form.of, entry, [...path, i], faults)));
      if (faults.length === before) limit(value.length, " entries", value.length);
      return entries;
    }
    case "record":
      if (isRecord(value)) return readFields(form.fields, value, path, faults);
      expected("an object");
      break;
    case "kind": {
      if (isKindOf(value, form.kinds)) {
        const { kind } = value;
        return readFields({ kind: anything(), ...form.kinds[kind] }, value, path, faults);
      }
      const kinds = Object.keys(form.kinds);
      if (isRecord(value) && !("kind" in value)) {
        faults.push({ path: [...path, "kind"], problem: `expected one of ${kinds.join(", ")}${form.where}, it is missing` });
        break;
      }
      const kind = isRecord(value) ? value["kind"] : value;
      fail(`expected one of ${kinds.join(", ")}${form.where}, got ${show(kind)}${suggestion(kind, kinds)}`);
      break;
    }
    case "either": {
      const one = form.forms.find((shape) => isOf(shape, value));
      if (one) return readAt(one, value, path, faults);
      expected(form.expected);
    }
  }
  return value;
}

function readFields(fields: Shapes, value: Record<string, unknown>, path: Path, faults: Fault[]): Record<string, unknown> {
  const keys = Object.keys(fields);
  const result: Record<string, unknown> = {};
  for (const [key, shape] of Object.entries(fields)) {
    const field = readAt(shape, Object.hasOwn(value, key) ? value[key] : undefined, [...path, key], faults);
    if (field !== undefined) result[key] = field;
  }
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
  if (unknown !== undefined) {
    const problem = `unknown key ${show(unknown)}; expected one of ${keys.join(", ")}${suggestion(unknown, keys)}`;
    faults.push({ path: [...path, unknown], problem, isUnknownKey: true });
  }
  return result;
}
