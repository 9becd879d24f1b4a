// TypeScript's type of a specification, made from its JSON Schema.

/** What the type of an axis also takes: a kind that a user defined. */
const defined = ["normalizer", "loss"];

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
      const own = defined.includes(key) && indent === "  " ? " | (string & {}) | { kind: string & {} }" : "";
      return `${comment}${indent}${key}${required.includes(key) ? "" : "?"}: ${typeOf(schema, indent)}${own};\n`;
    })
    .join("");
}

/** The declaration of `Specification`. @param {object} schema what `sinkflow schema` prints */
export function specificationType(schema) {
  const { grid, ...properties } = schema.properties;
  return `/** Without a grid: one ensemble. */
export interface Ensemble {
${fieldsOf({ properties }, "  ")}}

/** A specification as a YAML file of the command line holds it; \`tokens\` is there, or in the grid. Dotted keys, as "values.scale", stand in the grid. */
export interface Specification extends Ensemble {
  /** ${grid.description} */
  grid?: { [K in Exclude<keyof Ensemble, "name">]?: readonly Ensemble[K][] } & { [dotted: \`\${string}.\${string}\`]: readonly unknown[] };
}
`;
}
