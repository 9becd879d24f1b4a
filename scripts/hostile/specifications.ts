// Specifications as somebody might write who wants to do harm, or knows no better: valid ones, changed where they hurt.
import fc from "fast-check";
import { stringify } from "yaml";
import { specificationKeys } from "../../src/model/specification.ts";

type Tree = Record<string, unknown>;

/** Valid ones, from which others are made: each key and each form occurs. */
const valid: readonly Tree[] = [
  { tokens: 8 },
  { name: "a name", tokens: 4, dim: 3, normalizer: "softmax", loss: "logistic", runs: 40, seed: 7 },
  { tokens: 4, normalizer: { kind: "softmax", temperature: 0.5 }, loss: { kind: "square" }, integrator: { kind: "euler", step: 0.1 } },
  { tokens: 6, integrator: "rk4", until: { steps: 100 }, record: { trajectories: 2, steps: [0, 10, 100], vectors: true } },
  { tokens: 6, until: { time: 1e4, maxSteps: 500, converge: false }, record: { times: { from: 0.1, to: 1e3, count: 9 } } },
  { tokens: 8, until: { clock: 40 }, headStart: { token: 1, by: 0.5 }, train: "logits", polarizedAt: 0.8 },
  {
    tokens: 2,
    values: {
      kind: "given",
      matrix: [
        [1, 2],
        [3, 4],
      ],
    },
    logits: { kind: "given", vector: [1, 0] },
  },
  {
    tokens: 2,
    loss: "regression",
    target: {
      kind: "given",
      design: [
        [1, 0],
        [0, 1],
      ],
      response: [1, 2],
    },
  },
  { tokens: 3, model: "tied", loss: "cross-entropy", values: { kind: "identity", scale: 2 } },
  {
    tokens: 3,
    optimizer: { kind: "momentum", learningRate: { kind: "linear", from: 0.1, to: 0, steps: 40 } },
    decay: { values: 0.1 },
    noise: "label",
    until: { steps: 50 },
  },
  { tokens: 4, grid: { normalizer: ["softmax", "sigmoid"], "values.scale": [0.1, 1], seed: [1, 2, 3] } },
  { grid: { tokens: [2, 4], loss: ["logistic", { kind: "square" }], "until.time": [1, 10] } },
];

const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], 1 as unknown);
const deepObject = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => ({ a: inner }), 1 as unknown);

/** Values that break programs. */
const numbers = [0, -0, -1, 1, 2, 0.5, 4096, 4097, 1e-320, 1e-12, 1e15, 1e16, 1e308, -1e308, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e21];
const hurting: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...numbers, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom<unknown>(null, true, false, "", " ", "null", "8", "1e3", "0x10", "softmax", "given", "__proto__", "constructor"),
  fc.constantFrom<unknown>(
    "a".repeat(5000),
    "\u0000",
    "\u001b[2J",
    "\u202eab",
    "é",
    "\ud83e\udd86",
    "a\nb",
    "- x",
    "{",
    "a: b",
    "*a",
    "%YAML",
  ),
  fc.constantFrom<unknown>([], {}, [[]], [null], [{}], { kind: null }, { kind: {} }, { kind: "__proto__" }, { kind: "softmax", kinds: 1 }),
  fc.constantFrom<unknown>(deep(31), deep(33), deep(500), deepObject(31), deepObject(100), Array(3000).fill(1), Array(300).fill([1, 2])),
  fc.double(),
  fc.maxSafeInteger(),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const badKeys = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "",
  " ",
  "0",
  "é",
  "a.b",
  ".",
  "values.",
  ".scale",
];
const keys = fc.oneof(
  fc.constantFrom(...specificationKeys, "kind", "scale", "step", "matrix", "vector", "steps", "time", "count", "from"),
  fc.constantFrom(
    ...badKeys,
    "k".repeat(2000),
    "values.scale",
    "until.time",
    "values.__proto__",
    "record.times.count",
    "\u0000",
    "tokens ",
  ),
);

/** Where in a tree something is done; the number chooses among the places. */
type Change = { place: number; what: "replace" | "remove" | "rename" | "add" | "grow" | "list"; key: string; value: unknown };
const changes: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(),
  what: fc.constantFrom("replace", "replace", "replace", "remove", "rename", "add", "grow", "list"),
  key: keys,
  value: hurting,
});

/** All objects and lists in a tree, with the keys that they have; those that are deep or long count as one. */
function places(tree: unknown, level = 0): { holder: Tree; key: string | undefined }[] {
  if (typeof tree !== "object" || tree === null || level > 6) return [];
  const entries = Object.entries(tree).slice(0, 30);
  return [
    { holder: tree as Tree, key: undefined },
    ...entries.flatMap(([key, inner]) => [{ holder: tree as Tree, key }, ...places(inner, level + 1)]),
  ];
}

const put = (holder: Tree, key: string, value: unknown) =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

/** Changes a tree in place. */
export function change(tree: Tree, { place, what, key, value: shared }: Change): void {
  const value = structuredClone(shared);
  const all = places(tree);
  if (all.length === 0) return;
  const { holder, key: at } = all[place % all.length] as (typeof all)[number];
  if (Array.isArray(holder)) {
    if (at !== undefined) holder[Number(at)] = value;
    else holder.push(value);
  } else if (at === undefined || what === "add") put(holder, key, value);
  else if (what === "replace") put(holder, at, value);
  else if (what === "remove") delete holder[at];
  else if (what === "rename") {
    put(holder, key, holder[at]);
    delete holder[at];
  } else if (what === "list") put(holder, at, [holder[at], value]);
  else if (typeof holder[at] === "number") holder[at] = (holder[at] as number) * 1e6;
}

const changed = fc.tuple(fc.constantFrom(...valid), fc.array(changes, { minLength: 0, maxLength: 4 })).map(([from, list]) => {
  const tree = structuredClone(from);
  for (const each of list) change(tree, each);
  return tree;
});

export { changes as treeChanges };

/** JSON, with the words that YAML has for what JSON has no number for. */
const jsonOf = (tree: unknown, indent: number) =>
  JSON.stringify(tree, (_, value) => (typeof value === "number" && !Number.isFinite(value) ? `@${value}@` : value), indent)
    .replaceAll('"@NaN@"', ".nan")
    .replaceAll(/"@(-?)Infinity@"/g, "$1.inf");

/** YAML of a tree, or JSON where it is too deep for the library. */
function yamlOf(tree: unknown): string {
  try {
    return stringify(tree);
  } catch {
    return jsonOf(tree, 0);
  }
}

const aliases = (n: number, width: number) =>
  [
    "a0: &a0 [1, 1]",
    ...Array.from({ length: n }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(width).fill(`*a${i}`).join(", ")}]`),
    "tokens: 8",
  ].join("\n");
const wrappers: readonly ((text: string) => string)[] = [
  (text) => `\ufeff${text}`,
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.replaceAll("\n", "\r"),
  (text) => `${text}\u0000`,
  (text) => `\u0000${text}`,
  (text) => `${text}\n---\n${text}`,
  (text) => `---\n${text}\n...\n`,
  (text) => `%YAML 1.1\n---\n${text}`,
  (text) => `%TAG ! tag:example.org,2000:\n---\n${text}`,
  (text) => `!!map ${text}`,
  (text) => `!foo ${text}`,
  (text) => `&a ${text}`,
  (text) => `${text}\n${text}`,
  (text) => `${text}\ntokens: !!int "8"`,
  (text) => `${text}\nname: !!binary aGVsbG8=`,
  (text) => `${text}\nname: !!js/function 'function () {}'`,
  (text) => `${text}\nvalues: !!set {a, b}`,
  (text) => `${text}\nlogits: !!omap [a: 1]`,
  (text) => `${text}\nseed: 2001-12-14t21:59:43.10-05:00`,
  (text) => `${text}\nseed: 0o17`,
  (text) => `${text}\nseed: 1_000`,
  (text) => `${text}\n? complex\n: key`,
  (text) => `${text}\n? [a, b]\n: key`,
  (text) => `base: &b {seed: 1}\n<<: *b\n${text}`,
  (text) => `grid: &g {seed: [1, *g]}\n${text}`,
  (text) => `${aliases(3, 4)}\n${text}`,
  (text) => text.slice(0, text.length >> 1),
  (text) => `\t${text}`,
];

/** What is large, or stands for much. */
const large: readonly ((text: string) => string)[] = [
  () => aliases(12, 9),
  () => aliases(90, 1),
  () => `tokens: 8\nname: &x "${"x".repeat(100_000)}"\ngrid: {seed: [${Array(99).fill("*x").join(", ")}]}`,
  () => `tokens: 8\ngrid: {seed: [${Array.from({ length: 10_000 }, (_, i) => i).join(",")}]}`,
  () =>
    `tokens: 8\ngrid: {seed: [${Array.from({ length: 100 }, (_, i) => i).join(",")}], runs: [${Array.from({ length: 100 }, (_, i) => i + 1).join(",")}]}`,
  () => `tokens: 2\ngrid: {${Array.from({ length: 60 }, (_, i) => `"values.k${i}": [1, 2]`).join(", ")}}`,
  () => `tokens: 2\nlogits: {kind: given, vector: [${Array(200_000).fill(1).join(",")}]}`,
  () => `tokens: 2\nintegrator: euler\nrecord: {steps: [${Array.from({ length: 100_000 }, (_, i) => i).join(",")}]}`,
  () => `{"tokens": 8, ${Array.from({ length: 50_000 }, (_, i) => `"k${i}": 1`).join(", ")}}`,
  () => `${"a: {".repeat(30)}x${"}".repeat(30)}`,
  () => `${"- ".repeat(5000)}1`,
  () => `tokens: ${"9".repeat(100_000)}`,
  () => `tokens: "${"\\u0041".repeat(20_000)}"`,
  () => `# ${"x".repeat(2 ** 20)}\ntokens: 8`,
  (text) => `${text}\n# ${"x".repeat(Math.max(0, 2 ** 20 - text.length - 3))}`,
];

/** What of a text is written another way: a wrapper, bytes at a place, or nothing. */
const spoiled = fc.oneof(
  { weight: 120, arbitrary: fc.constant(undefined) },
  { weight: 60, arbitrary: fc.record({ wrapper: fc.constantFrom(...wrappers) }) },
  { weight: 1, arbitrary: fc.record({ wrapper: fc.constantFrom(...large) }) },
  { weight: 40, arbitrary: fc.record({ at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) }) },
);

/** Settings as `--set` has them. */
const settings = fc.array(
  fc.oneof(
    fc.tuple(keys, hurting).map(([key, value]) => `${key}=${jsonOf(value, 0) ?? ""}`),
    fc.constantFrom(
      "",
      "=",
      "runs",
      "runs=",
      "=3",
      "runs=3=4",
      "values.scale=1",
      "grid.seed=[1, 2]",
      "grid=[1]",
      "grid.=1",
      "é=1",
      "runs=&a [*a]",
    ),
    fc.string({ unit: "binary", maxLength: 12 }),
  ),
  { maxLength: 2 },
);

/** Bytes of a specification, and its settings. */
export interface HostileSpecification {
  bytes: Uint8Array;
  settings: string[];
}

export const hostileSpecifications: fc.Arbitrary<HostileSpecification> = fc
  .record({
    tree: changed,
    form: fc.constantFrom("json", "lines", "yaml", "yaml"),
    spoiled,
    settings: fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: settings }),
  })
  .map(({ tree, form, spoiled, settings }) => {
    const plain = form === "yaml" ? yamlOf(tree) : jsonOf(tree, form === "lines" ? 2 : 0);
    const wrapper = spoiled && "wrapper" in spoiled ? spoiled.wrapper : undefined;
    const bytes = new TextEncoder().encode(wrapper ? wrapper(plain) : plain);
    if (spoiled && "bytes" in spoiled) bytes.set(spoiled.bytes.subarray(0, bytes.length), spoiled.at % Math.max(1, bytes.length - 4));
    return { bytes, settings };
  });
