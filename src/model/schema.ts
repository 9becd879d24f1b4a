import { either, record, type Shape, type Shapes, word } from "./shape.ts";
import { type Axis, axes, fields } from "./specification.ts";
import { targets } from "./starts.ts";
import { longForm, shortKinds, type Table } from "./table.ts";

export type Schema = { [key: string]: unknown; properties?: Record<string, Schema>; anyOf?: Schema[]; oneOf?: Schema[] };

/**
 * The JSON Schema of a specification as a user may write it, its grid included: an editor marks unknown keys and values of a wrong
 * type or out of range. What one key demands of another, it does not tell.
 */
export function jsonSchema(): object {
  const { required: _, properties = {}, ...rest } = schemaOf(record(fields(eitherForm)));
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
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "sinkflow specification",
    ...rest,
    properties: { ...properties, grid },
    anyOf: [{ required: ["tokens"] }, { required: ["grid"], properties: { grid: { required: ["tokens"] } } }],
  };
}

/** A shape as a JSON Schema. */
export function schemaOf({ form, facts }: Shape): Schema {
  const { min, max, above, below, says, initial } = facts;
  const inner = ((): Schema => {
    switch (form.is) {
      case "anything":
        return {};
      case "flag":
        return { type: "boolean" };
      case "number":
      case "whole":
        return {
          type: form.is === "whole" ? "integer" : "number",
          ...(min !== undefined && { minimum: min }),
          ...(max !== undefined && { maximum: max }),
          ...(above !== undefined && min === undefined && { exclusiveMinimum: above }),
          ...(below !== undefined && { exclusiveMaximum: below }),
        };
      case "text":
        return { type: "string", ...(max !== undefined && { maxLength: max }) };
      case "word":
        return { type: "string", enum: form.words };
      case "list":
        return {
          type: "array",
          items: schemaOf(form.of),
          ...(min !== undefined && { minItems: min }),
          ...(max !== undefined && { maxItems: max }),
        };
      case "record":
        return schemaOfFields(form.fields);
      case "kind":
        return {
          oneOf: Object.entries(form.kinds).map(([kind, fields]) => schemaOfFields(fields, { kind: { type: "string", const: kind } })),
        };
      case "either":
        return { anyOf: form.forms.map(schemaOf) };
    }
  })();
  return { ...(says !== undefined && { description: says }), ...(initial !== undefined && { default: initial }), ...inner };
}

function schemaOfFields(fields: Shapes, before: Record<string, Schema> = {}): Schema {
  const needed = Object.entries(fields).filter(([, { facts }]) => !facts.optional && facts.initial === undefined);
  const required = [...Object.keys(before), ...needed.map(([key]) => key)];
  return {
    type: "object",
    properties: { ...before, ...Object.fromEntries(Object.entries(fields).map(([key, shape]) => [key, schemaOf(shape)])) },
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** An axis in its short form, the name of a kind, or in its long form. */
function eitherForm(name: Axis) {
  if (name === "target") {
    const tables = Object.values<Table>(targets);
    return either("", word(tables.flatMap(shortKinds)), ...tables.map((table) => longForm(table))).optional();
  }
  const { initial } = axes[name];
  const table: Table = axes[name].table();
  const short = shortKinds(table);
  const shape = short.length > 0 ? either("", word(short), longForm<Table>(table)) : longForm<Table>(table);
  return name === "values" || initial === undefined ? shape.optional() : shape.default(initial);
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
