import { FieldError, SinkflowError, shortened, show } from "./errors.ts";
import { defaultKind, parseSpecification, type Specification, setPath } from "./grid.ts";
import { isAxis, specificationKeys } from "./specification.ts";
import { suggestion } from "./suggestion.ts";
import { refuseForbiddenKeys } from "./tree.ts";
import { readYaml, readYamlValue } from "./yaml.ts";

/** Largest specification that is read, in bytes. */
export const maxBytes = 2 ** 20;

/** A value that an option of the command line gives to a key. */
export interface Setting {
  /** How errors call it. */
  option: string;
  /** May be dotted. */
  key: string;
  value: unknown;
}

/** Reads one `--set key=value`: the value is YAML. */
export function parseSetting(text: string): Setting {
  const at = text.indexOf("=");
  const key = at < 0 ? text : text.slice(0, at).trim();
  const head = key.split(".")[0] as string;
  if (at < 1) throw new SinkflowError("input", `--set ${shortened(text)}: expected key=value, got ${show(text)}`);
  if (!specificationKeys.includes(head))
    throw new SinkflowError(
      "input",
      `--set ${shortened(key)}: unknown key ${show(head)}; expected one of ${specificationKeys.join(", ")}${suggestion(head, specificationKeys)}`,
    );
  const option = `--set ${shortened(key)}`;
  return { option, key, value: readYamlValue(text.slice(at + 1), option) };
}

/**
 * Reads a specification from its text.
 * @param text YAML or JSON, at most `maxBytes`
 * @param name the text's name in errors, such as its file name
 * @param settings what replaces values of the text; texts are `--set` arguments
 * Throws SinkflowError("input") with `name:line: field: …`.
 */
export function readSpecification(text: string, name: string, settings: readonly (string | Setting)[] = []): Specification {
  const size = new TextEncoder().encode(text).length;
  if (size > maxBytes) throw new SinkflowError("input", `${name}: expected at most ${maxBytes} bytes, got ${size}`);
  const { value, lineOf } = readYaml(text, name);
  const tree = value ?? {};
  const changes = settings.map((setting) => (typeof setting === "string" ? parseSetting(setting) : setting));
  try {
    refuseForbiddenKeys(tree);
    if (typeof tree !== "object" || Array.isArray(tree)) return parseSpecification(tree);
    let changed = tree as Record<string, unknown>;
    for (const { key, value } of changes) {
      refuseForbiddenKeys({ [key.split(".").at(-1) as string]: value }, key.split(".").slice(0, -1));
      const grid = changed["grid"] as Record<string, unknown> | undefined;
      if (typeof grid === "object" && grid !== null && Object.hasOwn(grid, key))
        throw new FieldError([key], `expected nothing, since the grid varies it; set grid.${key}, got ${show(value)}`);
      changed = setGridAware(changed, key, value);
    }
    return parseSpecification(changed);
  } catch (error) {
    if (!(error instanceof FieldError))
      throw error instanceof SinkflowError ? new SinkflowError("input", `${name}: ${error.message}`) : error;
    const path = error.path.join(".");
    const setting = changes.find(({ key }) => path === key || path.startsWith(`${key}.`) || key.startsWith(`${path}.`));
    if (setting)
      throw new SinkflowError("input", `${setting.option}: ${path === setting.key ? "" : `${shortened(path)}: `}${error.problem}`);
    const line = lineOf(path.startsWith("grid.") ? error.path : writtenPath(error.path));
    throw new SinkflowError("input", `${line === undefined ? name : `${name}:${line}`}: ${error.message}`);
  }
}

/** `--set grid.values.scale=[…]` sets the key `values.scale` of the grid, which has no trees. */
function setGridAware(tree: Record<string, unknown>, key: string, value: unknown): Record<string, unknown> {
  if (!key.startsWith("grid.")) return setPath(defaultKind(tree, key), key, value);
  const grid = tree["grid"] ?? {};
  if (typeof grid !== "object" || Array.isArray(grid)) throw new FieldError(["grid"], `expected an object of lists, got ${show(grid)}`);
  return { ...tree, grid: { ...grid, [key.slice(5)]: value } };
}

/** A wrong kind is told at `axis.kind`; in the short form a user writes it at `axis`. */
const writtenPath = (path: readonly (string | number)[]) =>
  path.length === 2 && path[1] === "kind" && isAxis(String(path[0])) ? path.slice(0, 1) : path;
