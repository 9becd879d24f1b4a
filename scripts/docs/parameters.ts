import { schemaOf } from "../../src/model/schema.ts";
import { record, type Shapes } from "../../src/model/shape.ts";
import { code, readable } from "./markdown.ts";

/** What is used here of a JSON Schema. */
export interface Schema {
  type?: string;
  enum?: string[];
  default?: unknown;
  description?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** "1 to 1,024", "at least 10⁻¹²", or nothing where a schema sets no limits. */
export function rangeOf({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const positive = exclusiveMinimum === 0 && minimum === undefined;
  if (positive) return maximum === undefined ? "above 0" : `above 0, to ${readable(maximum)}`;
  if (minimum === undefined || maximum === undefined) return minimum === undefined ? "" : `at least ${readable(minimum)}`;
  const signed = minimum < 0 ? `−${readable(-minimum)}` : readable(minimum);
  return `${signed} to ${readable(maximum)}`;
}

/** The parameters of a kind, for one cell of a table: name, default and range of each. */
export function parametersCell(parameters: Shapes): string {
  const { properties = {} } = schemaOf(record(parameters)) as Schema;
  return Object.entries(properties)
    .map(([name, schema]) => {
      const initial = schema.default === undefined ? "" : ` = ${short(schema.default)}`;
      const details = [schema.description, rangeOf(schema)].filter(Boolean).join("; ");
      return `${code(name + initial)}${details ? ` (${details})` : ""}`;
    })
    .join(", ");
}

/** 0.1, 1e-4 */
const short = (x: unknown): string => (typeof x === "number" && x > 0 && x < 1e-3 ? x.toExponential() : String(x));
