import { type Ensemble, maxPoints } from "./ensemble.ts";
import { FieldError, SinkflowError, show } from "./errors.ts";
import type { Model } from "./models.ts";
import { isAxis, modelOf, parseEnsemble, specificationKeys } from "./specification.ts";
import { suggestion } from "./suggestion.ts";

type Tree = Record<string, unknown>;

/** A whole specification: the points of its grid (one point without a grid), and its canonical form. */
export interface Specification {
  /** With every default, except what the grid varies and the defaults that depend on it. */
  canonical: Tree;
  points: { parameters: Tree; ensemble: Ensemble }[];
}

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** Sets a dotted key in a copy of the tree. A kind in its short form gets its long form where the key sets a parameter of it. */
export function setPath(tree: Tree, key: string, value: unknown): Tree {
  const [head, ...rest] = key.split(".") as [string, ...string[]];
  if (rest.length === 0) return { ...tree, [head]: value };
  const inner = Object.hasOwn(tree, head) ? tree[head] : undefined;
  if (inner !== undefined && !isTree(inner) && !(isAxis(head) && typeof inner === "string"))
    throw new FieldError([head], `expected an object, since ${key} is set in it, got ${show(inner)}`);
  const long = isAxis(head) && typeof inner === "string" ? { kind: inner } : (inner ?? {});
  return { ...tree, [head]: setPath(long as Tree, rest.join("."), value) };
}

function checkGrid(grid: unknown): [string, unknown[]][] {
  if (!isTree(grid)) throw new FieldError(["grid"], `expected an object of lists, got ${show(grid)}`);
  const keys = specificationKeys.filter((key) => key !== "grid" && key !== "name");
  const entries = Object.entries(grid).map(([key, values]): [string, unknown[]] => {
    const head = key.split(".")[0] as string;
    if (!keys.includes(head))
      throw new FieldError(["grid", key], `unknown key ${show(key)}; expected one of ${keys.join(", ")}${suggestion(head, keys)}`);
    if (!Array.isArray(values) || values.length === 0)
      throw new FieldError(["grid", key], `expected a list of at least one value, got ${show(values)}`);
    const long = values.map((value) => JSON.stringify(isAxis(key) && typeof value === "string" ? { kind: value } : value));
    const seen = new Set<string>();
    const twice = long.findIndex((value) => seen.size === seen.add(value).size);
    if (twice >= 0) throw new FieldError(["grid", key], `expected each value once, got ${show(values[twice])} twice`);
    return [key, values];
  });
  const size = entries.reduce((product, [, values]) => product * values.length, 1);
  if (size > maxPoints) throw new FieldError(["grid"], `expected at most ${maxPoints} points, got ${size}`);
  return entries;
}

/** The keys at which two canonical trees are equal. */
function common(a: Tree, b: Tree): Tree {
  const shared: Tree = {};
  for (const [key, value] of Object.entries(a)) {
    const other = b[key];
    if (isTree(value) && isTree(other)) {
      const inner = common(value, other);
      if (Object.keys(inner).length > 0) shared[key] = inner;
    } else if (other !== undefined && (value === other || JSON.stringify(value) === JSON.stringify(other))) shared[key] = value;
  }
  return shared;
}

function withoutPath(tree: Tree, key: string): Tree {
  const [head, ...rest] = key.split(".") as [string, ...string[]];
  const inner = tree[head];
  const { [head]: _, ...others } = tree;
  if (rest.length === 0) return others;
  const remaining = isTree(inner) ? withoutPath(inner, rest.join(".")) : inner;
  return isTree(remaining) && Object.keys(remaining).length > 0 ? { ...tree, [head]: remaining } : others;
}

/** Sets dotted keys in a copy of the tree. */
function overlay(base: Tree, entries: readonly (readonly [string, unknown])[]): Tree {
  // Plain keys first, so that `values: identity` and `values.scale: 2` in one grid go together.
  const ordered = [...entries].sort(([a], [b]) => a.split(".").length - b.split(".").length);
  return ordered.reduce((tree, [key, value]) => setPath(defaultKind(tree, key), key, value), base);
}

/** What an ensemble of a model is that says nothing more; made once, since every point of a grid may ask for it. */
const defaults = new Map<Model, Ensemble>();
function defaultsOf(model: Model): Ensemble {
  const known = defaults.get(model) ?? parseEnsemble({ tokens: 2, model });
  defaults.set(model, known);
  return known;
}

/** Where a dotted key sets a parameter of a kind, and the tree has none, writes the default kind. */
export function defaultKind(tree: Tree, key: string): Tree {
  const head = key.split(".")[0] as string;
  if (!key.includes(".") || !isAxis(head) || Object.hasOwn(tree, head)) return tree;
  const initial = defaultsOf(modelOf(tree))[head];
  return initial === undefined ? tree : { ...tree, [head]: initial.kind };
}

/** Defaults that depend on other keys. The canonical form leaves a default out where the grid varies one of those keys. */
const dependent: readonly (readonly [path: string, on: readonly string[]])[] = [
  ["dim", ["tokens"]],
  ["target", ["loss"]],
  ["values", ["model"]],
  ["until.time", ["loss", "integrator"]],
  ["until.maxSteps", ["integrator"]],
  ["until.converge", ["integrator"]],
  ["record.times.from", ["loss", "integrator", "optimizer", "until", "record"]],
  ["record.times.to", ["loss", "integrator", "optimizer", "until", "record"]],
  ["record.times.count", ["integrator", "record"]],
];

const hasPath = (tree: unknown, path: string): boolean =>
  path.split(".").reduce<unknown>((inner, key) => (isTree(inner) ? inner[key] : undefined), tree) !== undefined;

/** Reads a whole specification, and validates every point of its grid. Throws SinkflowError("input"). */
export function parseSpecification(input: unknown): Specification {
  if (input === null || input === undefined) return parseSpecification({});
  if (!isTree(input)) throw new SinkflowError("input", `specification: expected an object, got ${show(input)}`);
  const { grid, ...base } = input;
  const entries = grid === undefined ? [] : checkGrid(grid);
  let combinations: (readonly [string, unknown])[][] = [[]];
  for (const [key, values] of entries)
    combinations = combinations.flatMap((chosen) => values.map((value) => [...chosen, [key, value] as const]));
  const points = combinations.map((chosen) => {
    try {
      return { parameters: Object.fromEntries(chosen), ensemble: parseEnsemble(overlay(base, chosen)) };
    } catch (error) {
      throw inGrid(error, chosen, entries);
    }
  });
  const first = points[0]?.ensemble as unknown as Tree;
  let canonical = points.reduce((shared, { ensemble }) => common(shared, ensemble as unknown as Tree), first);
  for (const [key] of entries) canonical = withoutPath(canonical, key);
  const heads = entries.map(([key]) => key.split(".")[0] as string);
  for (const [path, on] of dependent)
    if (on.some((key) => heads.includes(key)) && !hasPath(base, path)) canonical = withoutPath(canonical, path);
  if (entries.length > 0) canonical = { ...canonical, grid: Object.fromEntries(entries) };
  return { canonical, points };
}

/** An error in a field that the grid sets names the key of the grid, as the user wrote it, which of its values, and where in that. */
function inGrid(error: unknown, chosen: readonly (readonly [string, unknown])[], grid: readonly [string, unknown[]][]): unknown {
  if (!(error instanceof FieldError)) return error;
  const path = error.path.join(".");
  const found = chosen.find(([key]) => path === key || path.startsWith(`${key}.`));
  if (!found) return error;
  const [key, value] = found;
  const index = grid.find(([other]) => other === key)?.[1].findIndex((other) => Object.is(other, value)) as number;
  return new FieldError(["grid", key, index, ...error.path.slice(key.split(".").length)], error.problem);
}
