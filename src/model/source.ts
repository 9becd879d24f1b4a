import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parse, parseDocument } from "yaml";
import { FieldError, SinkflowError, show } from "./errors.ts";
import { defaultKind, parseSpecification, type Specification, setPath } from "./grid.ts";
import { isAxis, specificationKeys } from "./specification.ts";
import { suggestion } from "./table.ts";

/** Largest specification that is read, in bytes. */
export const maxBytes = 2 ** 20;

const forbidden = ["__proto__", "constructor", "prototype"];

/** The line of a field in the text, or of the innermost field around it that the text has. */
function lineOf(root: ParsedNode | null, path: readonly (string | number)[], lines: LineCounter): number | undefined {
  let node: Node | null | undefined = root;
  let offset: number | undefined;
  for (const step of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      offset = (pair?.key as Node | undefined)?.range?.[0] ?? offset;
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(step)];
      offset = (next as Node | undefined)?.range?.[0] ?? offset;
    }
    if (next === undefined) break;
    node = next as Node;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

/** @param around the values that contain this one: a YAML alias may refer to one of them */
function refuseForbiddenKeys(value: unknown, path: (string | number)[] = [], around: unknown[] = []): void {
  if (typeof value !== "object" || value === null) return;
  if (around.includes(value)) throw new FieldError(path, "expected a value, got a reference to what it is in");
  if (path.length > 32) throw new FieldError(path.slice(0, 1), "expected at most 32 levels, got more");
  for (const [key, inner] of Object.entries(value)) {
    if (forbidden.includes(key)) throw new FieldError([...path, key], `unknown key ${show(key)}`);
    refuseForbiddenKeys(inner, [...path, key], [...around, value]);
  }
}

/** Reads one `--set key=value`: the key may be dotted, the value is YAML. */
function parseSetting(text: string): { key: string; value: unknown } {
  const at = text.indexOf("=");
  const key = at < 0 ? text : text.slice(0, at).trim();
  const head = key.split(".")[0] as string;
  if (at < 1) throw new SinkflowError("input", `--set ${text}: expected key=value, got ${show(text)}`);
  if (!specificationKeys.includes(head))
    throw new SinkflowError(
      "input",
      `--set ${key}: unknown key ${show(head)}; expected one of ${specificationKeys.join(", ")}${suggestion(head, specificationKeys)}`,
    );
  try {
    return { key, value: parse(text.slice(at + 1)) };
  } catch {
    throw new SinkflowError("input", `--set ${key}: expected a value in YAML, got ${show(text.slice(at + 1))}`);
  }
}

/**
 * Reads a specification from its text.
 * @param text YAML or JSON, at most `maxBytes`
 * @param name the text's name in errors, such as its file name
 * @param settings `--set` arguments, which replace values of the text
 * Throws SinkflowError("input") with `name:line: field: …`.
 */
export function readSpecification(text: string, name: string, settings: readonly string[] = []): Specification {
  const size = new TextEncoder().encode(text).length;
  if (size > maxBytes) throw new SinkflowError("input", `${name}: expected at most ${maxBytes} bytes, got ${size}`);
  const lines = new LineCounter();
  const document = parseText(text, name, lines);
  const fault = document.errors[0];
  if (fault) throw new SinkflowError("input", `${name}:${lines.linePos(fault.pos[0]).line}: ${fault.message.split("\n")[0]}`);
  let tree: unknown;
  try {
    tree = document.toJS() ?? {};
  } catch (error) {
    throw new SinkflowError("input", `${name}: ${(error as Error).message.split("\n")[0]}`);
  }
  const changes = settings.map(parseSetting);
  try {
    refuseForbiddenKeys(tree);
    if (typeof tree !== "object" || Array.isArray(tree)) return parseSpecification(tree);
    let changed = tree as Record<string, unknown>;
    for (const { key, value } of changes) {
      refuseForbiddenKeys({ [key.split(".").at(-1) as string]: value }, key.split(".").slice(0, -1));
      const grid = changed["grid"] as Record<string, unknown> | undefined;
      if (typeof grid === "object" && grid !== null && Object.hasOwn(grid, key))
        throw new FieldError([key], `the grid varies it; set grid.${key}, got ${show(value)}`);
      changed = setGridAware(changed, key, value);
    }
    return parseSpecification(changed);
  } catch (error) {
    if (!(error instanceof FieldError))
      throw error instanceof SinkflowError ? new SinkflowError("input", `${name}: ${error.message}`) : error;
    const path = error.path.join(".");
    const setting = changes.find(({ key }) => path === key || path.startsWith(`${key}.`) || key.startsWith(`${path}.`));
    if (setting) throw new SinkflowError("input", `--set ${setting.key}: ${path === setting.key ? "" : `${path}: `}${error.problem}`);
    const line = lineOf(document.contents, path.startsWith("grid.") ? error.path : writtenPath(error.path), lines);
    throw new SinkflowError("input", `${line === undefined ? name : `${name}:${line}`}: ${error.message}`);
  }
}

function parseText(text: string, name: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false });
  } catch (error) {
    const problem = error instanceof RangeError ? "expected at most 32 levels, got many more" : (error as Error).message;
    throw new SinkflowError("input", `${name}: ${problem}`);
  }
}

/** `--set grid.values.scale=[…]` sets the key `values.scale` of the grid, which has no trees. */
function setGridAware(tree: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  if (!key.startsWith("grid.")) return setPath(defaultKind(tree, key), key, value);
  const grid = tree["grid"] ?? {};
  if (typeof grid !== "object" || Array.isArray(grid)) throw new FieldError(["grid"], `expected an object of lists, got ${show(grid)}`);
  return { ...tree, grid: { ...grid, [key.slice(5)]: value } };
}

/** zod reports a wrong kind at `axis.kind`; in the short form a user writes it at `axis`. */
const writtenPath = (path: readonly (string | number)[]) =>
  path.length === 2 && path[1] === "kind" && isAxis(String(path[0])) ? path.slice(0, 1) : path;
