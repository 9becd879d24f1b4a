// Tables of the code that are no `Table` of kinds, as rows for the documents.
import { allColumns, columns } from "../../src/model/columns.ts";
import { exitCodes } from "../../src/model/errors.ts";
import { endings } from "../../src/model/status.ts";

interface CodedRow {
  name: string;
  code: number;
  says: string;
}
const coded = (table: Readonly<Record<string, { code: number; says: string }>>): CodedRow[] =>
  Object.entries(table).map(([name, row]) => ({ name, ...row }));

/** How the command line ends, by exit code. */
export const exitRows = () => coded(exitCodes);

/** How a run ends. */
export const endingRows = () => coded(endings);

/** The columns of results; and what the JSON tells of each over runs. */
export const columnRows = () =>
  allColumns.map((name) => {
    const { type, unit = "", says, quantiles, fragility, share, predictor, verified } = columns[name];
    const path = fragility === undefined ? `${quantiles === "massiveActivation" ? `${quantiles}.` : ""}${name}` : `fragility.${fragility}`;
    const statistics = [
      ...(share === undefined ? [] : [`\`${share}\``]),
      ...(quantiles === undefined && fragility === undefined ? [] : [`\`${path}\``]),
      ...(predictor === undefined ? [] : [`\`predictors.${predictor}\``]),
    ];
    return { name, type, unit, says, statistics: statistics.join(", "), verified: verified ?? "" };
  });
