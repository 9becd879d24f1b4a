import { maxPoints } from "../../src/model/ensemble.ts";
import { control, integrators, type Tableau } from "../../src/model/integrators.ts";
import { losses } from "../../src/model/losses.ts";
import { models } from "../../src/model/models.ts";
import { noises } from "../../src/model/noise.ts";
import { normalizers } from "../../src/model/normalizers.ts";
import { optimizers } from "../../src/model/optimizers.ts";
import { schedules } from "../../src/model/schedules.ts";
import { jsonSchema } from "../../src/model/schema.ts";
import { maxBytes } from "../../src/model/source.ts";
import { logitStarts, targets, valueStarts } from "../../src/model/starts.ts";
import type { Table } from "../../src/model/table.ts";
import { bins, tallied } from "../../src/model/tallies.ts";
import { instructionRows, instructionTables, passRows, versionRows } from "../instructions/table.ts";
import { diagram, importsOf, importsTable } from "./imports.ts";
import { libraryReference } from "./library.ts";
import { licensesTable } from "./licenses.ts";
import { code, codeList, markdownTable, readable } from "./markdown.ts";
import { parametersCell, rangeOf, type Schema } from "./parameters.ts";
import { columnRows, endingRows, exitRows } from "./tables.ts";

/** Every made block, by its name. */
export function blocksOf(root: string): Record<string, string> {
  const imports = importsOf(root);
  return {
    limits: limits(),
    "exit-codes": exitRows()
      .map(({ code, says }) => `- \`${code}\` ${says}`)
      .join("\n"),
    keys: keys(),
    losses: markdownTable(
      ["loss", "L(y)", "target", "default end", "of the margin", "parameters"],
      Object.entries(losses).map(([kind, { says, target, time, margin, parameters }]) => [
        code(kind),
        says,
        target,
        `t = ${readable(time)}`,
        margin ? "yes" : "no",
        parametersCell(parameters),
      ]),
    ),
    normalizers: markdownTable(
      ["normalizer", "weights, of the logits a", "shares", "parameters"],
      Object.entries(normalizers).map(([kind, { says, shares, parameters }]) => [
        code(kind),
        says,
        shares ? "yes" : "no",
        parametersCell(parameters),
      ]),
    ),
    models: markdownTable(
      ["model", "output y", "default values"],
      Object.entries(models).map(([kind, { says, values }]) => [code(kind), says, code(values)]),
    ),
    "value-starts": kindTable("values", valueStarts),
    "logit-starts": kindTable("logits", logitStarts),
    targets: markdownTable(
      ["target is a", "kind", "what it is", "parameters"],
      Object.entries<Table>(targets).flatMap(([name, table]) =>
        Object.entries(table).map(([kind, { says, parameters }]) => [name, code(kind), says, parametersCell(parameters)]),
      ),
    ),
    endings: markdownTable(
      ["ending", "meaning"],
      endingRows().map(({ name, says }) => [code(name), says]),
    ),
    integrators: markdownTable(
      ["method", "what it is", "stages", "order", "order of dense output", "parameters"],
      Object.entries(integrators).map(([kind, row]) => {
        const { stages, order, denseOrder }: Tableau = row;
        return [code(kind), row.says, String(stages.length), String(order), String(denseOrder), parametersCell(row.parameters)];
      }),
    ),
    optimizers: markdownTable(
      ["optimizer", "the step", "kept of each number", "reductions hold", "parameters, beside `learningRate`"],
      Object.entries(optimizers).map(([kind, { says, memory, invariant, parameters }]) => {
        const { learningRate: _, ...rest } = parameters;
        return [code(kind), says, String(memory), invariant ? "yes" : "no", parametersCell(rest)];
      }),
    ),
    schedules: kindTable("schedule", schedules),
    noises: kindTable("noise", noises),
    control: markdownTable(
      ["constant", "value"],
      [
        ["safety factor", String(control.safety)],
        ["largest growth of a step", `×${control.grow}`],
        ["largest shrinking of a step", `×${control.shrink}`],
        ["after a trial that left the finite numbers", `×${control.nonFinite}`],
        ["probes in a step", String(control.probes)],
      ],
    ),
    columns: markdownTable(
      ["column", "type", "unit", "meaning", "over runs, in the JSON", "verified by"],
      columnRows().map(({ name, type, unit, says, statistics, verified }) => [code(name), type, unit, says, statistics, verified]),
    ),
    histograms: markdownTable(
      ["quantity", "resolution", "smallest", "largest"],
      Object.entries(tallied).map(([name, { lowest, bits: fraction }]) => [
        code(name),
        `${(100 * 2 ** -fraction).toPrecision(1)} %`,
        (2 ** lowest).toExponential(0),
        readable(2 ** (lowest + bins / 2 ** fraction)),
      ]),
    ),
    instructions: instructions(root),
    "import-diagram": diagram(imports),
    imports: importsTable(imports),
    library: libraryReference(root),
    licenses: licensesTable(root),
  };
}

const kindTable = (name: string, table: Table): string =>
  markdownTable(
    [name, "what it is", "parameters"],
    Object.entries(table).map(([kind, { says, parameters }]) => [code(kind), says, parametersCell(parameters)]),
  );

/** The last version's counts, then all versions beside each other. */
function instructions(root: string): string {
  const versions = instructionTables(root);
  const last = versions.at(-1);
  if (!last) throw new Error("no version of the kernel is counted");
  const tables = [instructionRows(last), versionRows(versions), passRows(versions)].map(({ header, rows }) => markdownTable(header, rows));
  return `${last.version}; ${last.compiler}:\n\n${tables.join("\n\n")}`;
}

const properties = () => (jsonSchema() as { properties: Record<string, Schema> }).properties;

/** The largest specification that is taken. */
function limits(): string {
  const max = (key: string) => readable(properties()[key]?.maximum ?? Number.NaN);
  const sizes = [
    `${max("tokens")} tokens`,
    `${max("dim")} dimensions`,
    `${max("runs")} runs a point`,
    `${readable(maxPoints)} points`,
    `${maxBytes / 2 ** 20} MiB of specification`,
  ];
  return `At most ${sizes.join(", ")}.`;
}

/** Every key of a specification, nested ones with dots. */
function keys(): string {
  const rows = (schemas: Record<string, Schema>, prefix: string): string[][] =>
    Object.entries(schemas).flatMap(([name, schema]) => {
      const isScalar = typeof schema.default !== "object" && schema.default !== undefined;
      const range = schema.enum ? codeList(schema.enum) : rangeOf(schema);
      const row = [code(`${prefix}${name}`), schema.description ?? "", range, isScalar ? code(String(schema.default)) : ""];
      // The keys in a grid are those outside it.
      return name === "grid" ? [row] : [row, ...rows(schema.properties ?? {}, `${prefix}${name}.`)];
    });
  return markdownTable(["key", "meaning", "range", "default"], rows(properties(), ""));
}
