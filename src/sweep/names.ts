/**
 * The names of all files in a results folder. Code that writes or reads a file takes its name from here: no file of an unknown name
 * is written, and `--fresh` never removes one.
 */
export const names = {
  manifest: "manifest.json",
  summary: "summary.json",
  report: "report.html",
  numbers: "numbers.csv",
} as const;

/** Tables of runs and of trajectories; `csv` has the same rows as `runs`. */
const tables = { runs: "runs.parquet", trajectories: "trajectories.parquet", csv: "runs.csv" } as const;
export type TableName = keyof typeof tables;

/** @param sweep which sweep the table is of, in a folder that holds several */
export const tableFile = (table: TableName, sweep?: string): string => (sweep === undefined ? tables[table] : `${sweep}.${tables[table]}`);

/** Folders in a results folder. */
export const folders: readonly string[] = ["figures"];
const formats = ["svg", "png", "csv"] as const;
export const figureFile = (figure: string, format: (typeof formats)[number]): string => `figures/${figure}.${format}`;
/** The data of the figure that shows sampled runs; `report` draws from it. */
export const seriesFile = figureFile("shares", "csv");

/** Whether `report` makes a file of results anew. What else there is, it reads or leaves as it is. */
export const isDrawn = (name: string): boolean =>
  name === names.report || name === names.numbers || (name.startsWith("figures/") && name !== seriesFile);

/** What a sweep or a figure may be called, as a regular expression. */
const label = "[a-z0-9-]+";
const tableNames = Object.keys(tables) as TableName[];
const patterns = [
  ...Object.values(names),
  ...tableNames.flatMap((table) => [tableFile(table), tableFile(table, label)]),
  ...formats.map((format) => figureFile(label, format)),
];
const known = new RegExp(`^(?:${patterns.map((pattern) => pattern.replaceAll(".", "\\.")).join("|")})$`);

export const isKnown = (name: string): boolean => known.test(name);

/** The name of a file while it is written, in the same folder. `id`: 12 hexadecimal digits. */
export const temporaryName = (name: string, id: string): string => `.${name}.${id}`;

/** Whether a path in the folder is a temporary file of this program. If no process writes the file, the process that did was killed. */
export function isTemporary(path: string): boolean {
  const name = path.replace(/(^|\/)\.([^/]+)\.[0-9a-f]{12}$/, "$1$2");
  return name !== path && isKnown(name);
}
