// TypeScript's type of a specification, made from its JSON Schema.

/** Where the kinds of definitions may stand too. */
const defined = ["normalizer", "loss", "normalizer.kind", "loss.kind"];
/** Keys of which an object has one at most. */
const exclusive = { until: ["steps", "time", "clock"] };

const literal = (value) => JSON.stringify(value);

/** @param {object} schema of the JSON Schema @returns {string} */
function typeOf(schema, indent) {
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return [...new Set(forms.map((form) => typeOf(form, indent)))].join(" | ");
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(" | ");
  if (schema.type === "array") return `readonly (${typeOf(schema.items, indent)})[]`;
  if (schema.type === "integer") return "number";
  if (schema.type !== "object") return schema.type;
  return `{\n${fieldsOf(schema, `${indent}  `)}${indent}}`;
}

function fieldsOf({ properties, required = [] }, indent) {
  return Object.entries(properties)
    .map(([key, schema]) => {
      const { description, minimum, maximum, default: initial } = schema;
      const range =
        minimum !== undefined && maximum !== undefined
          ? `${minimum} to ${maximum}`
          : minimum !== undefined
            ? `at least ${minimum}`
            : undefined;
      const said = [description, range, initial !== undefined && typeof initial !== "object" && `default ${initial}`]
        .filter(Boolean)
        .join("; ");
      const comment = said && schema.const === undefined ? `${indent}/** ${said} */\n` : "";
      const own = indent === "  " && defined.includes(key) ? ` | (Kinds & {})${key.includes(".") ? "" : " | { kind: Kinds & {} }"}` : "";
      const one = indent === "  " && exclusive[key] ? ` & AtMostOne<${exclusive[key].map(literal).join(" | ")}>` : "";
      const name = key.includes(".") ? literal(key) : key;
      return `${comment}${indent}${name}${required.includes(key) ? "" : "?"}: ${typeOf(schema, indent)}${own}${one};\n`;
    })
    .join("");
}

/** The declaration of `Specification`. @param {object} schema what `sinkflow schema` prints */
export function specificationType(schema) {
  const { grid, ...properties } = schema.properties;
  const dotted = Object.entries(grid.properties).filter(([key]) => key.includes("."));
  return `type AtMostOne<Keys extends string> = { [Key in Keys]: { [Other in Exclude<Keys, Key>]?: never } }[Keys];

/** Without a grid: one ensemble. */
export interface Ensemble<Kinds extends string = never> {
${fieldsOf({ properties }, "  ")}}

/** What dotted keys of a grid take. */
interface Dotted<Kinds extends string> {
${fieldsOf({ properties: Object.fromEntries(dotted.map(([key, { items }]) => [key, items])) }, "  ")}}

/**
 * A specification as a YAML file of the command line holds it; \`tokens\` is there, or in the grid. Dotted keys, as "values.scale", stand in the
 * grid. \`Kinds\` are those of losses and normalizers of one's own.
 */
export interface Specification<Kinds extends string = never> extends Ensemble<Kinds> {
  /** ${grid.description} */
  grid?: { [K in Exclude<keyof Ensemble, "name">]?: readonly NonNullable<Ensemble<Kinds>[K]>[] } & {
    [K in keyof Dotted<Kinds>]?: readonly NonNullable<Dotted<Kinds>[K]>[];
  };
}
`;
}
