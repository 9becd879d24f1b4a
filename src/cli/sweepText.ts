import type { Specification } from "../model/grid.ts";
import { normalizerRow } from "../model/normalizers.ts";
import { answer } from "../report/answer.ts";
import { endings, factsOf, reductionLine } from "../report/sentences.ts";
import { table, tableNote } from "../report/table.ts";
import { certificates, computerOf, verificationLine } from "../report/verification.ts";
import { names } from "../results/names.ts";
import type { SweepReport } from "../sweep/sweep.ts";

/** What is printed of a sweep. @param out folder of the results, if there is one @param hasRows whether it has tables of runs */
export function sweepText(specification: Specification, report: SweepReport, out: string | undefined, hasRows: boolean): string {
  const { name } = report.specification;
  const shares = specification.points.some(({ ensemble }) => !normalizerRow(ensemble.normalizer).shares);
  const files = [names.report, ...(hasRows ? ["runs/*.parquet"] : []), names.summary].join(", ");
  const note = tableNote(report);
  const noted = note ? `${note} ${names.summary} has all. ` : "";
  return [
    "",
    `${name ? `${name}: ` : ""}${factsOf(report)}`,
    (report.adapters ?? [report]).map(computerOf).join("; "),
    "",
    table(report),
    "",
    `${noted}Medians over runs; intervals are 95 %.${shares ? " Shares and entropy (nats) are of |p|/Σ|p|." : " Entropy in nats."}`,
    ...[endings(report), reductionLine(report), verificationLine(report), ...certificates(report)].filter((line) => line !== undefined),
    answer(report),
    ...(out === undefined ? [] : [`Results: ${out}/ (${files}; ${names.manifest} lists all)`]),
  ].join("\n");
}
