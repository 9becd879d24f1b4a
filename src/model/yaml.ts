import {
  Composer,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  Parser,
  type Scalar,
} from "yaml";
import { SinkflowError, shortened, show } from "./errors.ts";
import { entryAt, lexemesOf, numbersAt } from "./lexemes.ts";

/** Levels of objects and lists in each other, and references (*name): more than a specification has any use for. */
const maxLevels = 32;
const maxAliases = 100;
/** Lexemes: the library takes two to three microseconds for each, and a second is what a user may be kept waiting before work begins. */
const maxLexemes = 400_000;
/** Keys of an object: some hundred may stand in a grid. */
const maxKeys = 1000;

/** What is wrong where the YAML library reports one of its errors. Duplicate keys are found here, since it takes seconds for many. */
const problems: Record<ErrorCode, string> = {
  ALIAS_PROPS: "expected a reference (*name) alone, got one with an anchor or a tag",
  BAD_ALIAS: "expected a reference (*name) to an anchor (&name) before it, got one without",
  BAD_COLLECTION_TYPE: "expected a tag (!name) that fits its value, got another",
  BAD_DIRECTIVE: "expected no directive (a line that begins with %), got one that is not known",
  BAD_DQ_ESCAPE: "expected a known escape in double quotes, such as \\n, got another",
  BAD_INDENT: "expected entries in one column, and brackets that are closed, got others",
  BAD_PROP_ORDER: "expected anchors (&name) and tags (!name) right before their value, got them elsewhere",
  BAD_SCALAR_START: "expected a value, in quotes if it begins with one of @ ` % | >, got one without",
  BLOCK_AS_IMPLICIT_KEY: "expected one key and its value on a line, got a list or a second key, or a next line that is indented too far",
  BLOCK_IN_FLOW: "expected entries with commas between them inside brackets, got lines with keys or dashes",
  DUPLICATE_KEY: "expected each key once, got one twice",
  IMPOSSIBLE: "expected YAML or JSON, got text that is neither",
  KEY_OVER_1024_CHARS: "expected a key of at most 1024 characters, got a longer one",
  MISSING_CHAR: "expected the quote, bracket, comma or colon that belongs here, got none",
  MULTILINE_IMPLICIT_KEY: "expected a key and its colon on one line, got text over several lines",
  MULTIPLE_ANCHORS: "expected at most one anchor (&name) for a value, got several",
  MULTIPLE_DOCS: "expected one document, got several, with --- between them",
  MULTIPLE_TAGS: "expected at most one tag (!name) for a value, got several",
  NON_STRING_KEY: "expected a name as a key, got something else",
  RESOURCE_EXHAUSTION: `expected at most ${maxLevels} levels, got more`,
  TAB_AS_INDENT: "expected spaces at the beginning of a line, got a tab",
  TAG_RESOLVE_FAILED: "expected a value without a tag (!name), got one whose tag is not known",
  UNEXPECTED_TOKEN: "expected YAML or JSON, got characters that have no place here",
};

/** A text in YAML or JSON that was read: its value, and where in the text a field stands. */
export interface YamlText {
  value: unknown;
  /** The line on which a field, or the nearest thing around it, was written; undefined where nothing of it was. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** Reads YAML or JSON. Throws SinkflowError("input") with `name:line: …`, in time that grows as the text does. */
export function readYaml(text: string, name: string): YamlText {
  const refuse = (problem: string, offset?: number): never => {
    throw new SinkflowError("input", `${name}${offset === undefined ? "" : `:${lineAt(text, offset)}`}: ${problem}`);
  };
  const tooMany = {
    lexemes: `expected at most ${maxLexemes} words, signs and gaps between them beside lists of numbers, got more`,
    brackets: problems.RESOURCE_EXHAUSTION,
  };
  // A value stands a level below the last bracket before it.
  const lexemes = lexemesOf(text, { lexemes: maxLexemes, brackets: maxLevels + 1 }, (of, offset) => refuse(tooMany[of], offset));
  try {
    const document = compose(text, lexemes, refuse);
    checkNodes(document.contents, text, refuse);
    return { value: document.toJS(), lineOf: (path) => lineOf(document.contents, path, text) };
  } catch (error) {
    // The library calls itself for every level, and counts what references stand for.
    if (error instanceof RangeError) return refuse(problems.RESOURCE_EXHAUSTION);
    if (error instanceof ReferenceError)
      return refuse(`expected references (*name) that stand for at most ${maxAliases} values, got many more`);
    throw error;
  }
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

/** What the library makes of lexemes. It goes on behind an error, at more cost than all else takes, and lists them; here the first ends it. */
function compose(text: string, lexemes: readonly string[], refuse: (problem: string, offset?: number) => never): Document.Parsed {
  const composer = new Composer({ uniqueKeys: false });
  let first: { problem: string; offset: number | undefined } | undefined;
  const onError = (source: number | readonly number[] | { offset: number }, code: ErrorCode, _: string, isWarning?: boolean) => {
    const [offset] = typeof source === "object" && "offset" in source ? [source.offset] : [source].flat();
    if (isWarning) return;
    first ??= { problem: problems[code], offset };
    refuse(first.problem, first.offset); // the library catches it, and reports it again for what is around
  };
  Object.assign(composer, { onError });
  const parser = new Parser();
  const tokens = function* () {
    for (const lexeme of lexemes) {
      // A list may begin at the column of its key, a scalar may not.
      if (lexeme.startsWith("- ")) (parser as unknown as { indent: number }).indent++;
      yield* parser.next(lexeme);
      const top = parser.stack.at(-1);
      const isMap = top?.type === "block-map" || (top?.type === "flow-collection" && top.start.source === "{");
      if (isMap && top.items.length > maxKeys) refuse(`expected at most ${maxKeys} keys of an object, got more`, parser.offset);
    }
    yield* parser.end();
  };
  let documents = 0;
  for (const token of tokens()) {
    if (token.type === "error") refuse(problems.UNEXPECTED_TOKEN, token.offset);
    if (token.type === "document" && ++documents > 1) refuse(problems.MULTIPLE_DOCS, token.offset);
    Array.from(composer.next(token)); // none yet
  }
  const [document] = composer.end(true, text.length);
  return document as Document.Parsed;
}

/**
 * Refuses keys that stand twice or are no names, too many levels, and references that are too many or have no anchor before them. Gives scalars that stand for
 * lists of numbers these as their values.
 */
function checkNodes(root: ParsedNode | null, text: string, refuse: (problem: string, offset?: number) => never): void {
  // Taken from the end, so that nodes come in the order of the text.
  const waiting: { node: unknown; level: number }[] = [{ node: root, level: 0 }];
  const anchors = new Set<string>();
  let aliases = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, level } = next;
    const offset = (node as Node | null)?.range?.[0];
    if (level > maxLevels) refuse(problems.RESOURCE_EXHAUSTION, offset);
    if (isAlias(node)) {
      if (!anchors.has(node.source)) refuse(problems.BAD_ALIAS, offset);
      if (++aliases > maxAliases) refuse(`expected at most ${maxAliases} references (*name), got more`, offset);
      continue;
    }
    const { anchor } = (node ?? {}) as { anchor?: string };
    if (anchor !== undefined) anchors.add(anchor);
    const numbers = numbersOf(node, text);
    if (numbers) (node as Scalar).value = numbers;
    if (isSeq(node)) for (const item of node.items.toReversed()) waiting.push({ node: item, level: level + 1 });
    if (!isMap(node)) continue;
    const keys = new Set<string>();
    for (const { key } of node.items) {
      const at = (key as Node | null)?.range?.[0];
      if (!isScalar(key) || numbersOf(key, text)) refuse(problems.NON_STRING_KEY, at);
      const word = String((key as { value: unknown }).value);
      if (keys.has(word)) refuse(`${shortened(word)}: expected this key once, got it twice`, at);
      keys.add(word);
    }
    for (const { value } of node.items.toReversed()) waiting.push({ node: value, level: level + 1 });
  }
}

/** The lists of numbers for which a node stands in place of brackets or lines (lexemes.ts). */
const numbersOf = (node: unknown, text: string): unknown[] | undefined =>
  isScalar(node) && node.type === "PLAIN" && node.range ? numbersAt(text, node.range[0], node.range[1]) : undefined;

function lineOf(root: ParsedNode | null, path: readonly (string | number)[], text: string): number | undefined {
  let node: Node | null | undefined = root;
  let offset: number | undefined;
  for (const [i, step] of path.entries()) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      offset = (pair?.key as Node | undefined)?.range?.[0] ?? offset;
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
      offset = (next as Node | undefined)?.range?.[0] ?? offset;
    } else if (numbersOf(node, text)) {
      const [from, to] = node?.range as [number, number, number];
      offset = entryAt(text, from, to, path.slice(i));
    }
    if (next === undefined) break;
    node = next as Node;
  }
  return offset === undefined ? undefined : lineAt(text, offset);
}

/** Reads one value in YAML. Throws SinkflowError("input") that begins with `what`. */
export function readYamlValue(text: string, what: string): unknown {
  try {
    return readYaml(text, what).value;
  } catch (error) {
    if (!(error instanceof SinkflowError)) throw error;
    throw new SinkflowError("input", `${what}: expected a value in YAML, got ${show(text)}`);
  }
}
