import * as z from "zod";
import { type Axis, axes, fields } from "./specification.ts";
import { targets } from "./starts.ts";
import { longForm, shortKinds, type Table } from "./table.ts";

type Schema = { [key: string]: unknown; properties?: Record<string, Schema>; anyOf?: Schema[]; oneOf?: Schema[] };

/**
 * The JSON Schema of a specification as a user may write it, its grid included: an editor marks unknown keys and values of a wrong
 * type or out of range. What one key demands of another, it does not tell.
 */
export function jsonSchema(): object {
  const { required: _, properties = {}, ...rest } = z.toJSONSchema(z.strictObject(fields(eitherForm)), { io: "input" }) as Schema;
  const { name: __, ...varied } = properties;
  const keys = Object.entries(varied).flatMap(([key, schema]) => [[key, schema] as const, ...innerKeys(schema, key)]);
  const grid = {
    description: "the cartesian product of any keys above, also dotted, as in values.scale",
    type: "object",
    properties: Object.fromEntries(
      keys.map(([key, { default: _, ...items }]) => [key, { type: "array", minItems: 1, uniqueItems: true, items }]),
    ),
    additionalProperties: false,
  };
  return {
    title: "sinkflow specification",
    ...rest,
    properties: { ...properties, grid },
    anyOf: [{ required: ["tokens"] }, { required: ["grid"], properties: { grid: { required: ["tokens"] } } }],
  };
}

/** An axis in its short form, the name of a kind, or in its long form. */
function eitherForm(name: Axis) {
  if (name === "target") {
    const tables = Object.values<Table>(targets);
    return z.union([z.enum(tables.flatMap(shortKinds) as [string]), ...tables.map((table) => longForm(table))]).optional();
  }
  const { initial } = axes[name];
  const table: Table = axes[name].table();
  const short = shortKinds(table);
  const either = short.length > 0 ? z.union([z.enum(short as [string]), longForm<Table>(table)]) : longForm<Table>(table);
  return name === "values" || initial === undefined ? either.optional() : either.default(initial as never);
}

/** The dotted keys inside a key, each with what its value may be in any of the forms that have it. */
function innerKeys(schema: Schema, prefix: string): [key: string, schema: Schema][] {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((form) =>
    form === schema ? [form] : [form, ...(form.oneOf ?? [])],
  );
  const found = new Map<string, Schema[]>();
  for (const { properties = {} } of forms)
    for (const [key, inner] of Object.entries(properties)) found.set(key, [...(found.get(key) ?? []), inner]);
  return [...found].flatMap(([key, schemas]): [string, Schema][] => {
    const path = `${prefix}.${key}`;
    const [only] = schemas as [Schema];
    return [[path, schemas.length === 1 ? only : { anyOf: schemas }], ...schemas.flatMap((inner) => innerKeys(inner, path))];
  });
}
