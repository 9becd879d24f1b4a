import { SinkflowError } from "./errors.ts";

/** The kinds of target that a loss of one's own may have by default. */
export const definedTargets = ["unit", "gaussian", "distribution"] as const;

/** What a loss or normalizer of one's own has. */
interface Definition<Kind extends string> {
  /** Its name in specifications: lower-case letters, digits and hyphens. No built-in kind has it. */
  readonly kind: Kind;
  /** What it is, in a few words. */
  readonly says?: string;
  /** WGSL: functions whose names and types are given where each kind of definition is described. */
  readonly wgsl: string;
}

interface LossBase<Kind extends string> extends Definition<Kind> {
  /** The kind of the target by default, by which its other kinds go: `unit` if nothing is said. */
  readonly target?: (typeof definedTargets)[number];
  /** The flow time at which runs end by default; 1000 if nothing is said. */
  readonly time?: number;
}

/**
 * A loss ℓ(m) that sees the output through the margin m = β·y alone. In WGSL: `fn loss_of_margin(m: f32) -> f32` and
 * `fn slope_of_margin(m: f32) -> f32`, which is dℓ/dm. It is followed in one coordinate, as the built-in losses of the margin are.
 */
export interface MarginLossDefinition<Kind extends string = string> extends LossBase<Kind> {
  readonly aim: "margin";
  /** ℓ(m) in float64. */
  readonly value: (m: number) => number;
  /** dℓ/dm in float64. */
  readonly slope: (m: number) => number;
}

/**
 * A loss L(y, β) of the output y and the target β, `dim` numbers each. In WGSL: `fn loss_value(y: Vector, beta: Aim) -> f32` and
 * `fn loss_gradient(y: Vector, beta: Aim) -> Vector`. It is followed in all components.
 */
export interface OutputLossDefinition<Kind extends string = string> extends LossBase<Kind> {
  readonly aim: "output";
  /** L(y, β) in float64. */
  readonly value: (y: Float64Array, beta: Float64Array) => number;
  /** ∇L by y in float64: `dim` numbers. */
  readonly gradient: (y: Float64Array, beta: Float64Array) => ArrayLike<number>;
}

export type LossDefinition<Kind extends string = string> = MarginLossDefinition<Kind> | OutputLossDefinition<Kind>;

/**
 * A normalizer p = σ(a) of `tokens` logits. In WGSL: `fn normalizer_forward(a: Tokens) -> Tokens` and
 * `fn normalizer_pullback(a: Tokens, p: Tokens, c: Tokens) -> Tokens`, which is Jᵀc with J = ∂p/∂a.
 */
export interface NormalizerDefinition<Kind extends string = string> extends Definition<Kind> {
  /** p = σ(a) in float64: `tokens` numbers. */
  readonly forward: (a: Float64Array) => ArrayLike<number>;
  /** Jᵀc in float64, given p = σ(a): `tokens` numbers. */
  readonly pullback: (a: Float64Array, p: Float64Array, c: Float64Array) => ArrayLike<number>;
}

/** The end of a run, in float64: `tokens` numbers each, and the loss. */
export interface EndState {
  /** a */
  readonly logits: Float64Array;
  /** p = σ(a) */
  readonly weights: Float64Array;
  /** ‖v_i‖ */
  readonly norms: Float64Array;
  /** −v_i·∇L */
  readonly alignments: Float64Array;
  readonly loss: number;
}

/** The names of what an end is made of, in WGSL too. */
export const endNames = ["logits", "weights", "norms", "alignments", "loss"] as const satisfies (keyof EndState)[];

/** A number a run that follows from its end: a column that runs have where `record.columns` names it. NaN says that there is none. */
export interface ColumnDefinition<Name extends string = string> {
  /** Its name in specifications and tables: letters and digits, of which the first is a lower-case letter. No built-in column has it. */
  readonly name: Name;
  /** "1" if nothing is said. */
  readonly unit?: string;
  /** What it is, in a few words. */
  readonly says: string;
  /** WGSL: an expression, or statements that return one, of `logits`, `weights`, `norms` and `alignments`, which are `Tokens`, and `loss`. */
  readonly wgsl: string;
  /** The same in float64. */
  readonly value: (end: EndState) => number;
}

export type AnyDefinition = LossDefinition | NormalizerDefinition | ColumnDefinition;

/** What a definition adds to. */
export type DefinedAxis = "loss" | "normalizer" | "column";
export const axisOfDefinition = (definition: AnyDefinition): DefinedAxis =>
  "name" in definition ? "column" : "forward" in definition ? "normalizer" : "loss";

/** The name that specifications have for it. */
export const kindOf = (definition: AnyDefinition): string => ("name" in definition ? definition.name : definition.kind);

/** How errors call a definition. */
export const nameOf = (definition: AnyDefinition): string => `${axisOfDefinition(definition)} ${kindOf(definition)}`;

/** A definition that may be used, and what is known of it. */
export interface Registered<D extends AnyDefinition = AnyDefinition> {
  readonly definition: D;
  /** SHA-256 of its module's bytes, or of its own text. */
  readonly hash: string;
  /** The address of its module, which threads import; undefined for one that the program itself holds. */
  readonly module?: string | undefined;
  /** Of a normalizer: whether its weights are shares, not negative and with the sum 1. */
  readonly shares?: boolean;
}

/** A text that tells a definition from another one. */
export const textOf = (definition: AnyDefinition): string =>
  Object.entries(definition)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value}`)
    .join("\n");

/** By `nameOf`, with how many hold each: what tables have beside their own kinds. */
const held = new Map<string, Registered & { holders: number }>();
let revision = 0;

/** Changes whenever another set of definitions may be used. */
export const definitionsRevision = (): number => revision;

/**
 * Makes kinds of definitions: from now on specifications may name them. Throws SinkflowError("input") where a kind is held that is defined
 * otherwise.
 * @returns what takes them back, unless others hold them too
 */
export function hold(definitions: readonly Registered[]): () => void {
  for (const { definition } of definitions) {
    const other = held.get(nameOf(definition));
    if (other && textOf(other.definition) !== textOf(definition))
      throw new SinkflowError("input", `${nameOf(definition)}: expected one definition at a time, got another one that is in use`);
  }
  const keys = definitions.map(({ definition }) => nameOf(definition));
  for (const [i, registered] of definitions.entries()) {
    const key = keys[i] as string;
    held.set(key, { ...registered, holders: (held.get(key)?.holders ?? 0) + 1 });
  }
  revision++;
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    for (const key of keys) {
      const found = held.get(key) as Registered & { holders: number };
      if (found.holders > 1) held.set(key, { ...found, holders: found.holders - 1 });
      else held.delete(key);
    }
    revision++;
  };
}

/** All that are held. */
export const definitions = (): Registered[] => [...held.values()];
const ofAxis = <D extends AnyDefinition>(axis: DefinedAxis) =>
  definitions().filter((one): one is Registered<D> => axisOfDefinition(one.definition) === axis);
export const definedLosses = () => ofAxis<LossDefinition>("loss");
export const definedNormalizers = () => ofAxis<NormalizerDefinition>("normalizer");
export const definedColumns = () => ofAxis<ColumnDefinition>("column");
export const definedLoss = (kind: string) => held.get(`loss ${kind}`) as Registered<LossDefinition> | undefined;
export const definedNormalizer = (kind: string) => held.get(`normalizer ${kind}`) as Registered<NormalizerDefinition> | undefined;

export const definedColumn = (name: string) => held.get(`column ${name}`) as Registered<ColumnDefinition> | undefined;

/** What of an ensemble can be defined. */
interface Defined {
  loss: { kind: string };
  normalizer: { kind: string };
  record: { columns?: readonly string[] };
}

/** Those that ensembles use. */
export const definitionsOf = (ensembles: readonly Defined[]): Registered[] =>
  definitions().filter(({ definition }) => {
    const axis = axisOfDefinition(definition);
    const kind = kindOf(definition);
    return ensembles.some((ensemble) => (axis === "column" ? ensemble.record.columns?.includes(kind) : ensemble[axis].kind === kind));
  });

/** The addresses of the modules that definitions are from, each once. */
export const definitionModules = (): string[] => [...new Set(definitions().flatMap(({ module }) => module ?? []))];

/** Whether the program itself holds a definition, which threads can't import. */
export const hasInlineDefinition = (): boolean => definitions().some(({ module }) => module === undefined);
