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

/** What a part has: its record, and its tables. A folder and an ending each. */
const ofParts = { parts: "json", runs: "parquet", trajectories: "parquet" } as const;
export type PartFolder = keyof typeof ofParts;
const partFolders = Object.keys(ofParts) as PartFolder[];

/** @param number of the part, from 0 */
export const partFile = (folder: PartFolder, number: number): string => `${folder}/${String(number).padStart(6, "0")}.${ofParts[folder]}`;

/** Whether a file is of this kind of a part. */
export const isPartFile = (folder: PartFolder, name: string): boolean => name.startsWith(`${folder}/`);

/** The names of the files that a part may have; its record is the first. */
export const filesOfPart = (number: number): string[] => partFolders.map((folder) => partFile(folder, number));

/** The number of the part that a file is of; undefined for any other file. */
export const partOf = (name: string): number | undefined =>
  partFolders.some((folder) => isPartFile(folder, name)) ? Number(name.match(/\/(\d+)\./)?.[1]) : undefined;

/** Parts `index`, `index + count`, … of a sweep. */
export interface Shard {
  index: number;
  count: number;
}

/** The lock of the process that writes a shard; a sweep without shards is one. */
export const lockFile = ({ index, count }: Shard): string => `locks/${index}-of-${count}.json`;

/** Where a file goes that is not what it was when it was written. */
export const damagedFile = (name: string): string => `damaged/${name.replace("/", "-")}`;

/** Folders in a results folder. */
export const folders: readonly string[] = ["figures", "locks", "damaged", ...partFolders];
const formats = ["svg", "png", "csv"] as const;
export const figureFile = (figure: string, format: (typeof formats)[number]): string => `figures/${figure}.${format}`;
/** The data of the figure that shows sampled runs; `report` draws from it. */
export const seriesFile = figureFile("shares", "csv");

/** Whether `report` makes a file of results anew. What else there is, it reads or leaves as it is. */
export const isDrawn = (name: string): boolean =>
  name === names.report || name === names.numbers || (name.startsWith("figures/") && name !== seriesFile);

/** What a sweep or a figure may be called, as a regular expression. */
const label = "[a-z0-9-]+";

/** In a folder of several sweeps, the manifest of one of them, whose results folder has its name. */
export const innerManifest = (sweep: string): string => `${sweep}/${names.manifest}`;
/** The name of the sweep whose manifest this is; undefined for any other file. */
export const innerFolder = (name: string): string | undefined => name.match(new RegExp(`^(${label})/${names.manifest}$`))?.[1];
const written = [
  ...Object.values(names),
  ...partFolders.map((folder) => `${folder}/[0-9]{6}.${ofParts[folder]}`),
  ...formats.map((format) => figureFile(label, format)),
];
const patterns = [...written, ...written.map(damagedFile), "locks/[0-9]+-of-[0-9]+.json"];
const patternOf = (of: readonly string[]) => new RegExp(`^(?:${of.map((pattern) => pattern.replaceAll(".", "\\.")).join("|")})$`);
const known = patternOf(patterns);

export const isKnown = (name: string): boolean => known.test(name);

/** The name of a file while it is written, in the same folder. `id`: 12 hexadecimal digits. */
export const temporaryName = (name: string, id: string): string => `.${name}.${id}`;

/** The file of this program that a temporary file was to become; undefined for any other path. If no process writes it, the process that did was killed. */
export function temporaryOf(path: string): string | undefined {
  const name = path.replace(/(^|\/)\.([^/]+)\.[0-9a-f]{12}$/, "$1$2");
  return name !== path && isKnown(name) ? name : undefined;
}
