import { Kept, type When } from "../accuracy/kept.ts";
import { code, markdownTable } from "../docs/markdown.ts";
import type { Fault } from "./fault.ts";
import { faults } from "./faults.ts";
import { specifications } from "./specifications.ts";

/** What came of a planted fault when it was last tried. */
export interface Tried extends When {
  adapter: string;
  /** Whether the certificate sees it. */
  certified: boolean;
  /** Whether its test fails, if that was tried. */
  tested?: boolean;
}

export type PlantedFault = Fault & { file: string };

export const everyFault: readonly PlantedFault[] = Object.entries(faults).flatMap(([file, list]) =>
  list.map((fault) => ({ file, ...fault })),
);
export const nameOf = ({ file, says }: PlantedFault): string => `${file}: ${says}`;
export const kept = new Kept<Tried>("scripts/mutants/results.json");

/** A table of the faults that were tried by what came of them, and the specifications that they were run with. */
export function tableOf(results: Readonly<Record<string, Tried>>): string {
  const resultOf = (fault: PlantedFault) => results[nameOf(fault)] as Tried;
  const some = everyFault.filter(resultOf);
  const tried = some.filter(({ equivalent }) => equivalent === undefined);
  const seen = tried.filter((fault) => resultOf(fault).certified).length;
  const adapters = [...new Set(some.map((fault) => resultOf(fault).adapter))];
  const rows = some.map((fault) => {
    const { certified, tested, date, commit } = resultOf(fault);
    const certificate = fault.equivalent === undefined ? (certified ? "sees it" : "–") : `equivalent: ${fault.equivalent}`;
    const byTest = tested === undefined ? "" : tested ? "fails" : "–";
    return [code(fault.file), fault.says, fault.runs, certificate, byTest, date, commit];
  });
  return [
    `${adapters.join(", ")}: the certificate sees ${seen} of ${tried.length} faults that were tried.`,
    markdownTable(["file", "fault", "specification", "certificate", "test", "tried on", "commit"], rows),
    "The specifications:",
    [...new Set(some.map(({ runs }) => runs))].map((name) => `- ${name}: ${code(shown(specifications[name]))}`).join("\n"),
  ].join("\n\n");
}

/** A specification on one line of YAML; rows of a matrix only as far as they are short. */
function shown(specification: object): string {
  const short = (_: string, value: unknown) => (Array.isArray(value) && value.length > 8 ? `${value.length} numbers` : value);
  return JSON.stringify(specification, short)
    .replaceAll(/"([\w -]+)"/g, "$1")
    .replaceAll(/([:,])(?=\S)/g, "$1 ");
}
